package jsonata

import (
	"math"
	"strconv"
	"strings"
	"time"
)

var (
	dayNames   = strings.Fields("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
	monthNames = strings.Fields("January February March April May June July August September October November December")
)

// maxMillis is the largest distance from 1970 that a date can have, as in JavaScript.
const maxMillis = 8.64e15

// isoPicture is the picture when none is given.
const isoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

// fromMillis writes an instant with a picture, in a timezone such as "+0530".
func fromMillis(ms float64, picture, zone any) (any, error) {
	text, ok := picture.(string)
	if !ok {
		text = isoPicture
	}
	parts, err := parseDatePicture(text)
	if err != nil {
		return nil, err
	}
	hours, minutes := 0, 0
	if z, ok := zone.(string); ok {
		hours, minutes = parseZone(z)
	}
	ms = math.Trunc(ms) + float64((60*hours+minutes)*60_000)
	if !(math.Abs(ms) <= maxMillis) {
		return nil, failValue("D1001", ms)
	}
	t := time.UnixMilli(int64(ms)).UTC()
	var b strings.Builder
	for _, p := range parts {
		if p.component == 0 {
			b.WriteString(p.literal)
			continue
		}
		s, err := p.format(t, hours, minutes)
		if err != nil {
			return nil, err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// parseZone splits an offset ±hhmm; the minutes count from the hours below, so that -0130 is -2 h + 30 min.
func parseZone(s string) (hours, minutes int) {
	end := 0
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		end = 1
	}
	for end < len(s) && end < 9 && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(s[:end])
	return int(math.Floor(float64(n) / 100)), n % 100
}

func (p *datePart) format(t time.Time, hours, minutes int) (string, error) {
	switch p.component {
	case 'Z', 'z':
		return p.formatZone(hours, minutes)
	case 'P':
		half := "am"
		if t.Hour() >= 12 {
			half = "pm"
		}
		if p.names && p.letters == caseUpper {
			half = strings.ToUpper(half)
		}
		return half, nil
	case 'C', 'E':
		return "ISO", nil
	}
	if strings.IndexByte("YMDdFWwXxHhmsf", p.component) < 0 {
		return "", failValue("D3132", string(p.component))
	}
	n := dateFragment(t, p.component)
	if p.names && p.component != 'f' {
		return p.formatName(n)
	}
	if p.integer == nil {
		return "", failValue("D3133", string(p.component))
	}
	if p.component == 'Y' && p.yearWidth >= 0 {
		n = int(math.Mod(float64(n), math.Pow(10, float64(p.yearWidth))))
	}
	return p.integer.format(float64(n))
}

func (p *datePart) formatName(n int) (string, error) {
	var name string
	switch p.component {
	case 'M', 'x':
		name = monthNames[n-1]
	case 'F':
		name = dayNames[n-1]
	default:
		return "", failValue("D3133", string(p.component))
	}
	switch p.letters {
	case caseUpper:
		name = strings.ToUpper(name)
	case caseLower:
		name = strings.ToLower(name)
	}
	if p.maxWidth >= 0 && len(name) > p.maxWidth {
		name = name[:p.maxWidth]
	}
	return name, nil
}

func (p *datePart) formatZone(hours, minutes int) (string, error) {
	offset := hours*100 + minutes
	if offset == 0 && p.timezoneZ {
		return "Z", nil
	}
	var s string
	var err error
	switch digits := p.integer.mandatory; {
	case p.integer.regular > 0 || digits == 3 || digits == 4:
		s, err = p.integer.format(float64(offset))
	case digits == 1 || digits == 2:
		if s, err = p.integer.format(float64(hours)); minutes != 0 {
			s += ":" + strings.Repeat("0", max(0, 2-len(strconv.Itoa(minutes)))) + strconv.Itoa(minutes)
		}
	default:
		return "", failValue("D3134", float64(digits))
	}
	if offset >= 0 {
		s = "+" + s
	}
	if p.component == 'z' {
		s = "GMT" + s
	}
	return s, err
}

const weekMillis = 7 * 24 * time.Hour

// firstWeek is the Monday of the week that holds the first Thursday of a month (or, in January, of a year).
func firstWeek(year int, month time.Month) time.Time {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	day := weekday(first)
	if day > 4 {
		return first.AddDate(0, 0, 8-day)
	}
	return first.AddDate(0, 0, 1-day)
}

// weekday numbers the days from Monday, 1, to Sunday, 7.
func weekday(t time.Time) int {
	if t.Weekday() == time.Sunday {
		return 7
	}
	return int(t.Weekday())
}

// dateFragment is one component of an instant in UTC.
func dateFragment(t time.Time, component byte) int {
	year, month, day := t.Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	switch component {
	case 'Y':
		return year
	case 'M':
		return int(month)
	case 'D':
		return day
	case 'd':
		return t.YearDay()
	case 'F':
		return weekday(t)
	case 'W':
		switch {
		case today.Before(firstWeek(year, 1)):
			return weeksBetween(firstWeek(year-1, 1), today)
		case !today.Before(firstWeek(year+1, 1)):
			return 1
		}
		return weeksBetween(firstWeek(year, 1), today)
	case 'w':
		switch {
		case today.Before(firstWeek(year, month)):
			return weeksBetween(firstWeek(year, month-1), today)
		case !today.Before(firstWeek(year, month+1)):
			return 1
		}
		return weeksBetween(firstWeek(year, month), today)
	case 'X':
		switch {
		case t.Before(firstWeek(year, 1)):
			return year - 1
		case !t.Before(firstWeek(year+1, 1)):
			return year + 1
		}
		return year
	case 'x':
		switch {
		case t.Before(firstWeek(year, month)):
			return int(month+10)%12 + 1
		case !t.Before(firstWeek(year, month+1)):
			return int(month)%12 + 1
		}
		return int(month)
	case 'H':
		return t.Hour()
	case 'h':
		return (t.Hour()+11)%12 + 1
	case 'P':
		return t.Hour() / 12
	case 'm':
		return t.Minute()
	case 's':
		return t.Second()
	case 'f':
		return t.Nanosecond() / 1_000_000
	}
	return 0
}

func weeksBetween(from, to time.Time) int { return int(to.Sub(from)/weekMillis) + 1 }
