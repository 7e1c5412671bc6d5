package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cron holds the six fields: minutes, hours, day of month, month, day of week, year.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
type cron struct {
	loc                  *time.Location
	minute, hour         set
	month, year          set
	days                 set
	lastDay, lastWeekday bool
	beforeLast           int // L-3: days before the month's last
	nearest              int // 15W: the weekday nearest to the day
	weekdays             set // 1 is Sunday
	lastOf, nth, nthOf   int // 6L: the last Friday; 6#3: the third Friday
	anyDayOfMonth        bool
}

// set holds the allowed values of a field.
type set map[int]bool

const firstYear, lastYear = 1970, 2199

func parseCron(s string, loc *time.Location) (*cron, error) {
	f := strings.Fields(s)
	if len(f) != 6 {
		return nil, fmt.Errorf("cron has six fields: minutes hours day-of-month month day-of-week year")
	}
	c := &cron{loc: loc}
	var err error
	parse := func(text string, low, high int, names []string) set {
		if err != nil {
			return nil
		}
		var out set
		out, err = parseSet(text, low, high, names)
		return out
	}
	c.minute = parse(f[0], 0, 59, nil)
	c.hour = parse(f[1], 0, 23, nil)
	c.month = parse(f[3], 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"})
	c.year = parse(f[5], firstYear, lastYear, nil)
	if err != nil {
		return nil, err
	}
	if (f[2] == "?") == (f[4] == "?") {
		return nil, fmt.Errorf("one of day-of-month and day-of-week is ?, and only one")
	}
	if f[2] != "?" {
		return c, c.parseDay(f[2])
	}
	return c, c.parseWeekday(f[4])
}

func (c *cron) parseDay(s string) (err error) {
	c.anyDayOfMonth = true
	rest, isLast := strings.CutPrefix(s, "L-")
	day, isNearest := strings.CutSuffix(s, "W")
	switch {
	case s == "L":
		c.lastDay = true
	case s == "LW":
		c.lastWeekday = true
	case isLast:
		c.lastDay = true
		c.beforeLast, err = number(rest, 1, 30)
	case isNearest:
		c.nearest, err = number(day, 1, 31)
	default:
		c.days, err = parseSet(s, 1, 31, nil)
	}
	return err
}

var weekdayNames = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

func (c *cron) parseWeekday(s string) (err error) {
	day, nth, isNth := strings.Cut(s, "#")
	last, isLast := strings.CutSuffix(s, "L")
	switch {
	case isNth:
		if c.nthOf, err = named(day, 1, 7, weekdayNames); err == nil {
			c.nth, err = number(nth, 1, 5)
		}
	case s == "L":
		c.weekdays = set{7: true}
	case isLast:
		c.lastOf, err = named(last, 1, 7, weekdayNames)
	default:
		c.weekdays, err = parseSet(s, 1, 7, weekdayNames)
	}
	return err
}

// parseSet reads lists, ranges and steps: 1,5-9,10/15,*
func parseSet(s string, low, high int, names []string) (set, error) {
	out := set{}
	for _, part := range strings.Split(s, ",") {
		body, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			var err error
			if step, err = number(stepText, 1, high); err != nil {
				return nil, err
			}
		}
		from, to := low, high
		if body != "*" {
			a, b, isRange := strings.Cut(body, "-")
			var err error
			if from, err = named(a, low, high, names); err != nil {
				return nil, err
			}
			to = from
			if isRange {
				if to, err = named(b, low, high, names); err != nil {
					return nil, err
				}
			} else if stepped {
				to = high
			}
		}
		if to < from { // FRI-MON
			for v := from; v <= high; v += step {
				out[v] = true
			}
			from = low
		}
		for v := from; v <= to; v += step {
			out[v] = true
		}
	}
	return out, nil
}

func number(s string, low, high int) (int, error) {
	v, err := strconv.Atoi(s)
	if err != nil || v < low || v > high {
		return 0, fmt.Errorf("%q is not a number from %d to %d", s, low, high)
	}
	return v, nil
}

func named(s string, low, high int, names []string) (int, error) {
	for i, n := range names {
		if strings.EqualFold(n, s) {
			return low + i, nil
		}
	}
	return number(s, low, high)
}

// next looks day by day. A local time that a daylight change skips does not fire;
// one that it repeats fires the first time, as AWS has it.
func (c *cron) next(after time.Time) time.Time {
	local := after.In(c.loc)
	for y := max(local.Year(), firstYear); y <= lastYear; y++ {
		if !c.year[y] {
			continue
		}
		m := 1
		if y == local.Year() {
			m = int(local.Month())
		}
		for ; m <= 12; m++ {
			if !c.month[m] {
				continue
			}
			d := 1
			if y == local.Year() && m == int(local.Month()) {
				d = local.Day()
			}
			for last := daysIn(y, m); d <= last; d++ {
				if !c.onDay(y, m, d) {
					continue
				}
				if t, ok := c.inDay(y, m, d, after); ok {
					return t
				}
			}
		}
	}
	return time.Time{}
}

func (c *cron) inDay(y, m, d int, after time.Time) (time.Time, bool) {
	var first time.Time
	for h := range 24 {
		if !c.hour[h] {
			continue
		}
		for min := range 60 {
			if !c.minute[min] {
				continue
			}
			t := time.Date(y, time.Month(m), d, h, min, 0, 0, c.loc)
			if t.Hour() != h || t.Minute() != min {
				continue
			}
			for _, shift := range []time.Duration{time.Hour, 30 * time.Minute} {
				if e := t.Add(-shift); e.Hour() == h && e.Minute() == min {
					t = e
				}
			}
			if t.After(after) && (first.IsZero() || t.Before(first)) {
				first = t
			}
		}
		if !first.IsZero() {
			return first.UTC(), true
		}
	}
	return time.Time{}, false
}

func daysIn(y, m int) int { return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// weekday is 1 for Sunday to 7 for Saturday.
func weekday(y, m, d int) int {
	return int(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Weekday()) + 1
}

func (c *cron) onDay(y, m, d int) bool {
	last := daysIn(y, m)
	if c.anyDayOfMonth {
		switch {
		case c.lastDay:
			return d == last-c.beforeLast
		case c.lastWeekday:
			return d == nearestWeekday(y, m, last, last)
		case c.nearest > 0:
			return c.nearest <= last && d == nearestWeekday(y, m, c.nearest, last)
		}
		return c.days[d]
	}
	w := weekday(y, m, d)
	switch {
	case c.nth > 0:
		return w == c.nthOf && (d-1)/7+1 == c.nth
	case c.lastOf > 0:
		return w == c.lastOf && d+7 > last
	}
	return c.weekdays[w]
}

// nearestWeekday is the Monday to Friday nearest to day d, within its month.
func nearestWeekday(y, m, d, last int) int {
	switch weekday(y, m, d) {
	case 7:
		if d > 1 {
			return d - 1
		}
		return d + 2
	case 1:
		if d < last {
			return d + 1
		}
		return d - 2
	}
	return d
}
