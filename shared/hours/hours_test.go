package hours_test

import (
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/hours"
)

func TestContain(t *testing.T) {
	week := []string{"mon", "tue", "wed", "thu", "fri"}
	office := hours.Hours{Timezone: "Europe/Berlin", Spans: []hours.Span{{Days: week, From: "09:00", To: "17:00"}}}
	night := hours.Hours{Timezone: "Europe/Berlin", Spans: []hours.Span{{Days: []string{"fri"}, From: "22:00", To: "06:00"}}}
	dawn := hours.Hours{Timezone: "Europe/Berlin", Spans: []hours.Span{{From: "02:00", To: "03:00"}}}
	split := hours.Hours{Timezone: "Asia/Kolkata", Spans: []hours.Span{{Days: week, From: "09:00", To: "12:00"}, {Days: week, From: "13:00", To: "18:00"}}}
	whole := hours.Hours{Spans: []hours.Span{{Days: []string{"sun"}, From: "00:00", To: "24:00"}}}
	for _, c := range []struct {
		name string
		h    hours.Hours
		at   string
		want bool
	}{
		{"winter, 09:00 in Berlin is 08:00 UTC", office, "2026-03-27T08:00:00Z", true},
		{"winter, a minute early", office, "2026-03-27T07:59:59.999Z", false},
		{"summer, 09:00 in Berlin is 07:00 UTC", office, "2026-03-30T07:00:00Z", true},
		{"summer, a second early", office, "2026-03-30T06:59:59Z", false},
		{"to is not within", office, "2026-03-30T15:00:00Z", false},
		{"the last second is", office, "2026-03-30T14:59:59Z", true},
		{"saturday", office, "2026-03-28T10:00:00Z", false},
		{"the offset it is written with means nothing", office, "2026-03-30T00:00:00-07:00", true},
		{"friday evening", night, "2026-03-27T21:30:00Z", true},
		{"saturday morning belongs to friday's span", night, "2026-03-28T04:59:00Z", true},
		{"its end", night, "2026-03-28T05:00:00Z", false},
		{"friday morning belongs to thursday, which has none", night, "2026-03-27T03:00:00Z", false},
		{"saturday evening", night, "2026-03-28T21:30:00Z", false},
		{"the hour that spring skips", dawn, "2026-03-29T01:30:00Z", false},
		{"the hour that autumn repeats, first", dawn, "2026-10-25T00:30:00Z", true},
		{"the hour that autumn repeats, again", dawn, "2026-10-25T01:30:00Z", true},
		{"half-hour zone, morning", split, "2026-11-23T03:30:00Z", true},
		{"half-hour zone, lunch", split, "2026-11-23T06:45:00Z", false},
		{"half-hour zone, afternoon", split, "2026-11-23T07:30:00Z", true},
		{"whole day, first minute", whole, "2026-11-22T00:00:00Z", true},
		{"whole day, last second", whole, "2026-11-22T23:59:59Z", true},
		{"whole day, next", whole, "2026-11-23T00:00:00Z", false},
		{"no spans", hours.Hours{Timezone: "UTC"}, "2026-11-23T10:00:00Z", false},
		{"unknown zone", hours.Hours{Timezone: "Mars/Base", Spans: whole.Spans}, "2026-11-22T10:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339Nano, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.h.Contain(at); got != c.want {
				t.Errorf("%s in %+v: %v", c.at, c.h, got)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, s := range []hours.Span{
		{From: "9:00", To: "17:00"}, {From: "09:00", To: "24:01"}, {From: "24:00", To: "06:00"}, {From: "09:00", To: "09:00"},
		{From: "09:60", To: "17:00"}, {From: "0900", To: "1700"}, {From: "-1:00", To: "17:00"}, {From: "", To: ""},
		{Days: []string{"Mon"}, From: "09:00", To: "17:00"}, {Days: []string{"monday"}, From: "09:00", To: "17:00"},
	} {
		if s.Check() == nil {
			t.Errorf("%+v passes", s)
		}
	}
	for _, s := range []hours.Span{{From: "00:00", To: "24:00"}, {Days: hours.Days, From: "23:59", To: "00:00"}} {
		if err := s.Check(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for name, ok := range map[string]bool{"": true, "UTC": true, "Europe/Berlin": true, "Local": false, "CET/x": false, "../etc": false} {
		if _, err := hours.Location(name); (err == nil) != ok {
			t.Errorf("location %q: %v", name, err)
		}
	}
}
