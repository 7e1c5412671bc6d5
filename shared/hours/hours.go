// Package hours knows opening hours: stretches of local clock time on days of the week,
// in a time zone. It decides whether a moment lies within them. It is the one evaluator
// of the operators within_hours and outside_hours: JSONata has no time zones, so a
// compiled branch asks this package too, by a task. It reads no clock.
//
// Wall clocks are compared, so that 09:00 is 09:00 on both sides of a change to or from
// daylight saving time; an hour that the change repeats is within twice, one that it
// skips never comes. The zone files are part of the binary: Lambda's runtime has none.
package hours

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // see above
)

// Days of the week, as they are written.
var Days = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// Hours are all stretches of a week in one zone.
type Hours struct {
	Timezone string `json:"timezone"` // IANA name; "" is UTC
	Spans    []Span `json:"spans"`
}

// Span is one stretch. From is within it, To is not. A span whose To is before its From
// ends on the day after: {"days": ["fri"], "from": "22:00", "to": "06:00"} is from Friday
// evening to Saturday morning. No Days means every day.
type Span struct {
	Days []string `json:"days,omitempty"`
	From string   `json:"from"` // 09:00
	To   string   `json:"to"`   // 17:00, or 24:00
}

// Default hold for a desk that has set none.
func Default() Hours {
	return Hours{Timezone: "UTC", Spans: []Span{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "17:00"}}}
}

// Location loads a time zone by its IANA name; "" is UTC. "Local" is none.
func Location(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("time zone %q is not known: use an IANA name, like Europe/Berlin", name)
	}
	return loc, nil
}

// Clock reads 09:00 as minutes from midnight; 24:00 is the end of the day.
func Clock(s string) (int, error) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || len(h) != 2 || len(m) != 2 || err1 != nil || err2 != nil || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
		return 0, fmt.Errorf("%q is no time of day: write it like 09:00", s)
	}
	return hour*60 + minute, nil
}

// Check tells what is wrong with a span; nil when nothing is.
func (s Span) Check() error {
	for _, d := range s.Days {
		if !slices.Contains(Days, d) {
			return fmt.Errorf("day %q is not one of %s", d, strings.Join(Days, ", "))
		}
	}
	from, err := Clock(s.From)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	to, err := Clock(s.To)
	if err != nil {
		return fmt.Errorf("to: %w", err)
	}
	if from == 24*60 {
		return fmt.Errorf("from: 24:00 is the end of a day; write 00:00 of the next one")
	}
	if from == to {
		return fmt.Errorf("from and to are both %s; for a whole day write 00:00 to 24:00", s.From)
	}
	return nil
}

// Contain tells whether the moment is within a span. Hours that break a rule contain
// nothing: Check comes first.
func (h Hours) Contain(t time.Time) bool {
	loc, err := Location(h.Timezone)
	if err != nil {
		return false
	}
	local := t.In(loc)
	minute := local.Hour()*60 + local.Minute()
	today := int(local.Weekday()+6) % 7
	yesterday := (today + 6) % 7
	for _, s := range h.Spans {
		if s.Check() != nil {
			continue
		}
		from, _ := Clock(s.From)
		to, _ := Clock(s.To)
		switch {
		case from < to:
			if s.on(today) && minute >= from && minute < to {
				return true
			}
		case s.on(today) && minute >= from, s.on(yesterday) && minute < to:
			return true
		}
	}
	return false
}

func (s Span) on(day int) bool { return len(s.Days) == 0 || slices.Contains(s.Days, Days[day]) }
