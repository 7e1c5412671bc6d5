package jsonata

import (
	"strconv"
	"strings"
)

// datePart is a literal or one component of a date/time picture such as [Y0001]-[M01]
// (https://www.w3.org/TR/xpath-functions-31/#rules-for-datetime-formatting).
type datePart struct {
	literal   string
	component byte // 0 for a literal
	style     string
	timezoneZ bool       // t: offset zero is written Z
	names     bool       // written as a name
	letters   letterCase // of the name
	minWidth  int        // -1 when absent
	maxWidth  int
	hasWidth  bool
	integer   *integerPicture
	yearWidth int // digits of a year, month or day; -1 when free
}

// datePictureStyles are the components with the presentation they have when none is given.
var datePictureStyles = map[byte]string{'Y': "1", 'M': "1", 'D': "1", 'd': "1", 'F': "n", 'W': "1", 'w': "1", 'X': "1", 'x': "1",
	'H': "1", 'h': "1", 'P': "n", 'm': "01", 's': "01", 'f': "1", 'Z': "01:01", 'z': "01:01", 'C': "n", 'E': "n"}

func parseDatePicture(picture string) ([]*datePart, error) {
	var parts []*datePart
	literal := func(s string) {
		if s != "" {
			parts = append(parts, &datePart{literal: strings.ReplaceAll(s, "]]", "]")})
		}
	}
	for {
		i := strings.IndexByte(picture, '[')
		if i < 0 {
			literal(picture)
			return parts, nil
		}
		literal(picture[:i])
		picture = picture[i:]
		if strings.HasPrefix(picture, "[[") {
			parts = append(parts, &datePart{literal: "["})
			picture = picture[2:]
			continue
		}
		end := strings.IndexByte(picture, ']')
		if end < 0 {
			return nil, fail("D3135")
		}
		part, err := parseMarker(strings.Join(strings.Fields(picture[1:end]), ""))
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		picture = picture[end+1:]
	}
}

// parseMarker reads what stands between brackets: component, presentation, width.
func parseMarker(marker string) (*datePart, error) {
	if marker == "" {
		return nil, failValue("D3132", "")
	}
	runes := []rune(marker)
	p := &datePart{minWidth: -1, maxWidth: -1, yearWidth: -1}
	style, known := "", false
	if runes[0] < 0x80 {
		p.component = byte(runes[0])
		style, known = datePictureStyles[p.component]
	}
	marker = string(runes[1:])
	if comma := strings.LastIndexByte(marker, ','); comma >= 0 {
		least, most, _ := strings.Cut(marker[comma+1:], "-")
		p.minWidth, p.maxWidth, p.hasWidth = width(least), width(most), true
		marker = marker[:comma]
	}
	modifier := ""
	switch {
	case len(marker) > 1 && strings.IndexByte("atco", marker[len(marker)-1]) >= 0:
		modifier = marker[len(marker)-1:]
		p.timezoneZ = modifier == "t"
		p.style = marker[:len(marker)-1]
	case marker != "":
		p.style = marker
	case known:
		p.style = style
	default:
		return nil, failValue("D3132", string(runes[0]))
	}
	switch {
	case p.style[0] == 'n':
		p.names = true
	case strings.HasPrefix(p.style, "Nn"):
		p.names, p.letters = true, caseTitle
	case p.style[0] == 'N':
		p.names, p.letters = true, caseUpper
	case p.component == 'Z' || p.component == 'z' || strings.IndexByte("YMDdFWwXxHhmsf", p.component) >= 0:
		return p, p.parseInteger(modifier)
	}
	if p.component == 'Z' || p.component == 'z' {
		return p, p.parseInteger("")
	}
	return p, nil
}

func (p *datePart) parseInteger(modifier string) error {
	style := p.style
	isZone := p.component == 'Z' || p.component == 'z'
	if modifier != "" && !isZone {
		style += ";" + modifier
	}
	var err error
	if p.integer, err = parseIntegerPicture(style); err != nil || isZone {
		return err
	}
	if p.integer.mandatory < p.minWidth {
		p.integer.mandatory = p.minWidth
	}
	if strings.IndexByte("YMD", p.component) < 0 {
		return nil
	}
	if p.maxWidth >= 0 {
		p.yearWidth = p.maxWidth
		p.integer.mandatory = p.maxWidth
	} else if w := p.integer.mandatory + p.integer.optional; w >= 2 {
		p.yearWidth = w
	}
	return nil
}

// width reads a width modifier; * and nothing mean that there is none.
func width(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return -1
	}
	return min(n, 1000)
}
