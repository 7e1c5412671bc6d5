package jsonata

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

var isoPattern = regexp.MustCompile(`^\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?$`)

var isoParts = regexp.MustCompile(`^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?([+-]\d\d:?\d\d|Z)?$`)

// parseISO reads an ISO 8601 timestamp as JavaScript's Date.parse does: a date alone is in UTC, and so is, here, a
// time without a zone. A text of that form that is no date gives NaN.
func parseISO(s string) (any, error) {
	if !isoPattern.MatchString(s) {
		return nil, failValue("D3110", s)
	}
	m := isoParts.FindStringSubmatch(s)
	if m == nil {
		return math.NaN(), nil
	}
	n := func(i, absent int) int {
		if m[i] == "" {
			return absent
		}
		v, _ := strconv.Atoi(m[i])
		return v
	}
	year, month, day, hour, minute, second := n(1, 0), n(2, 1), n(3, 1), n(4, 0), n(5, 0), n(6, 0)
	fraction := 0.0
	if m[7] != "" {
		fraction, _ = strconv.ParseFloat("0."+m[7], 64)
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	whole := hour == 24 && minute == 0 && second == 0 && fraction == 0
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 && !whole {
		return math.NaN(), nil
	}
	ms := float64(t.UnixMilli()) + math.Floor(fraction*1000+1e-9)
	if zone := m[8]; zone != "" && zone != "Z" {
		digits := strings.ReplaceAll(zone[1:], ":", "")
		h, _ := strconv.Atoi(digits[:2])
		mm, _ := strconv.Atoi(digits[2:])
		offset := float64((h*60 + mm) * 60_000)
		if zone[0] == '-' {
			offset = -offset
		}
		ms -= offset
	}
	return ms, nil
}

// dateReader reads one part of a timestamp; value is nil for literals.
type dateReader struct {
	component byte
	pattern   string
	value     func(string) (float64, bool)
}

func (p *datePart) reader() (dateReader, error) {
	r := dateReader{component: p.component}
	switch {
	case p.component == 0:
		r.pattern = regexp.QuoteMeta(p.literal)
	case p.component == 'Z' || p.component == 'z':
		p.zoneReader(&r)
	case p.integer != nil:
		return r, p.integerReader(&r)
	default:
		return r, p.nameReader(&r)
	}
	return r, nil
}

func (p *datePart) zoneReader(r *dateReader) {
	r.pattern = "[-+][0-9]+"
	separator := ""
	if p.integer.regular > 0 {
		separator = p.integer.separators[0].text
		r.pattern += regexp.QuoteMeta(separator) + "[0-9]+"
	}
	if p.component == 'z' {
		r.pattern = "GMT" + r.pattern
	}
	r.value = func(s string) (float64, bool) {
		if p.component == 'z' {
			s = s[3:]
		}
		hours, minutes := s, ""
		if separator != "" {
			hours, minutes, _ = strings.Cut(s, separator)
		} else if len(s) > 3 {
			hours, minutes = s[:3], s[3:]
		}
		h, _ := strconv.ParseFloat(hours, 64)
		m, _ := strconv.ParseFloat("0"+minutes, 64)
		return h*60 + m, true
	}
}

func (p *datePart) integerReader(r *dateReader) error {
	upper := p.integer.letters == caseUpper
	switch p.integer.style {
	case styleLetters:
		r.pattern = "[a-z]+"
		if upper {
			r.pattern = "[A-Z]+"
		}
	case styleRoman:
		r.pattern = "[mdclxvi]+"
	case styleWords:
		words := make([]string, 0, len(wordValues)+2)
		for w := range wordValues {
			words = append(words, w)
		}
		r.pattern = "(?:" + strings.Join(append(words, "and", "[\\-, ]"), "|") + ")+"
	case styleDecimal:
		r.pattern = "[0-9]+"
		if n := p.yearWidth; n > 0 {
			r.pattern = "[0-9]{" + strconv.Itoa(max(0, n-p.integer.optional)) + "," + strconv.Itoa(n) + "}"
		}
		if p.integer.ordinal {
			r.pattern += "(?:th|st|nd|rd)"
		}
	default:
		return failValue("D3130", p.integer.token)
	}
	r.value = func(s string) (float64, bool) {
		v, err := p.integer.parse(s)
		f, ok := v.(float64)
		return f, err == nil && ok
	}
	return nil
}

func (p *datePart) nameReader(r *dateReader) error {
	names := map[string]float64{}
	add := func(list []string) {
		for i, name := range list {
			if p.maxWidth > 0 && p.maxWidth < len(name) {
				name = name[:p.maxWidth]
			}
			names[name] = float64(i + 1)
		}
	}
	switch p.component {
	case 'M', 'x':
		add(monthNames)
	case 'F':
		add(dayNames)
	case 'P':
		names = map[string]float64{"am": 0, "AM": 0, "pm": 1, "PM": 1}
	default:
		return failValue("D3133", string(p.component))
	}
	r.pattern = "[a-zA-Z]+"
	r.value = func(s string) (float64, bool) {
		v, ok := names[s]
		return v, ok
	}
	return nil
}

// parseDateTime reads a timestamp with a picture. Components above the largest given one come from now, those
// below the smallest are zero; a gap between is the error D3136. Text that does not fit gives no result.
func parseDateTime(s, picture string, now time.Time) (any, error) {
	parts, err := parseDatePicture(picture)
	if err != nil {
		return nil, err
	}
	readers := make([]dateReader, len(parts))
	pattern := `\A`
	for i, p := range parts {
		if readers[i], err = p.reader(); err != nil {
			return nil, err
		}
		pattern += "(" + readers[i].pattern + ")"
	}
	re, err := regexp2.Compile(pattern+`\z`, regexp2.IgnoreCase)
	if err != nil {
		return nil, failValue("D3132", picture)
	}
	re.MatchTimeout = matchTimeout
	m, err := re.FindStringMatch(s)
	if err != nil {
		return nil, fail("D3154")
	}
	if m == nil {
		return undefined, nil
	}
	got, read := map[byte]float64{}, false
	for i, r := range readers {
		if r.value == nil {
			continue
		}
		if v, ok := r.value(m.GroupByNumber(i + 1).String()); ok {
			got[r.component] = v
		}
		read = true // a name that is none counts as not given
	}
	if !read {
		return undefined, nil
	}
	return assemble(got, now.UTC())
}

// assemble makes an instant of the components that were read.
func assemble(got map[byte]float64, now time.Time) (any, error) {
	mask := func(components string) int {
		n := 0
		for i := range len(components) {
			n <<= 1
			// a component that was read as zero decides nothing
			if v := got[components[i]]; v != 0 && v == v {
				n |= 1
			}
		}
		return n
	}
	// which family of components: a mask names those that may occur
	within := func(family, mask int) bool { return ^family&mask == 0 && family&mask != 0 }
	dates := mask("YXMxWwdD")
	const byMonth, byDay, byMonthWeek, byWeek = 0b10100001, 0b10000010, 0b01010100, 0b01001000
	names := "YMD"
	dayOfYear := !within(byMonth, dates) && within(byDay, dates)
	weekDates := false
	switch {
	case dayOfYear:
		names = "YD"
	case within(byMonthWeek, dates):
		names, weekDates = "XxwF", true
	case within(byWeek, dates):
		names, weekDates = "XWF", true
	}
	times := mask("PHhmsf")
	const by24, by12 = 0b010111, 0b101111
	half := !within(by24, times) && within(by12, times)
	if half {
		names += "Phmsf"
	} else {
		names += "Hmsf"
	}
	started, ended := false, false
	for i := range len(names) {
		c := names[i]
		if _, ok := got[c]; ok {
			started = true
			if ended {
				return nil, fail("D3136")
			}
			continue
		}
		if started {
			got[c] = 0
			if c == 'M' || c == 'D' {
				got[c] = 1
			}
			ended = true
		} else {
			got[c] = float64(dateFragment(now, c))
		}
	}
	if weekDates {
		return nil, fail("D3136")
	}
	month := max(0, got['M']-1)
	day := got['D']
	if dayOfYear {
		month, day = 0, got['d']
	}
	hour := got['H']
	if half {
		if hour = got['h']; hour == 12 {
			hour = 0
		}
		if got['P'] == 1 {
			hour += 12
		}
	}
	ms := utcMillis(got['Y'], month, day, hour, got['m'], got['s'], got['f'])
	if !(math.Abs(ms) <= maxMillis) {
		return math.NaN(), nil
	}
	zone := got['Z']
	if zone == 0 {
		zone = got['z']
	}
	return ms - zone*60_000, nil
}

// utcMillis counts from 1970; month is zero-based, and years below 100 lie in the 20th century as in JavaScript.
func utcMillis(year, month, day, hour, minute, second, ms float64) float64 {
	if year >= 0 && year <= 99 {
		year += 1900
	}
	for _, v := range []float64{year, month, day} {
		if !(math.Abs(v) <= 1e6) {
			return math.NaN()
		}
	}
	days := float64(time.Date(int(year), time.Month(int(month)+1), int(day), 0, 0, 0, 0, time.UTC).Unix()) / 86400
	return days*86_400_000 + hour*3_600_000 + minute*60_000 + second*1000 + ms
}
