package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Expression is a parsed schedule expression; it is immutable.
type Expression struct {
	source string
	rate   time.Duration
	at     time.Time
	cron   *cron
}

// Parse reads rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2030-01-02T03:04:05).
// cron and at are in loc (nil: UTC).
func Parse(source string, loc *time.Location) (*Expression, error) {
	if loc == nil {
		loc = time.UTC
	}
	kind, rest, ok := strings.Cut(source, "(")
	body, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return nil, fmt.Errorf("schedule expression %q: write rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2030-01-02T03:04:05)", source)
	}
	e := &Expression{source: source}
	if loc != time.UTC {
		e.source += " " + loc.String()
	}
	var err error
	switch kind {
	case "rate":
		e.rate, err = parseRate(body)
	case "cron":
		e.cron, err = parseCron(body, loc)
	case "at":
		if e.at, err = time.ParseInLocation("2006-01-02T15:04:05", body, loc); err != nil {
			err = fmt.Errorf("a time is written 2030-01-02T03:04:05, without zone")
		}
	default:
		err = fmt.Errorf("it is none of rate, cron, at")
	}
	if err != nil {
		return nil, fmt.Errorf("schedule expression %q: %w", source, err)
	}
	return e, nil
}

func parseRate(s string) (time.Duration, error) {
	n, unit, _ := strings.Cut(s, " ")
	v, err := strconv.Atoi(n)
	if err != nil || v < 1 || v > 1e6 {
		return 0, fmt.Errorf("a rate is a positive whole number and a unit")
	}
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	one := strings.TrimSuffix(unit, "s")
	d, ok := units[one]
	if !ok || (v == 1) != (one == unit) {
		return 0, fmt.Errorf("units are minute, hour, day after 1 and minutes, hours, days after more")
	}
	return time.Duration(v) * d, nil
}

// String is the expression, with its zone if that is not UTC.
func (e *Expression) String() string { return e.source }

// Rate is the period of a rate expression, else 0.
func (e *Expression) Rate() time.Duration { return e.rate }

// Once tells whether the schedule fires one time only.
func (e *Expression) Once() bool { return e.rate == 0 && e.cron == nil }

// Next is the first due time after the given one; the zero time when there is none.
// A rate counts from the given time.
func (e *Expression) Next(after time.Time) time.Time {
	switch {
	case e.rate > 0:
		return after.Add(e.rate).UTC()
	case e.cron != nil:
		return e.cron.next(after)
	case e.at.After(after):
		return e.at.UTC()
	}
	return time.Time{}
}
