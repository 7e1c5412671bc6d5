package schedule_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/schedule"
)

func MustTime(tb testing.TB, s string) time.Time {
	tb.Helper()
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func TestNext(t *testing.T) {
	for _, tc := range []struct {
		name, expression, zone, after string
		want                          []string
	}{
		{"rate", "rate(5 minutes)", "", "2030-01-01T00:00:30Z", []string{"2030-01-01T00:05:30Z", "2030-01-01T00:10:30Z"}},
		{"rate of one day", "rate(1 day)", "", "2030-01-01T00:00:00Z", []string{"2030-01-02T00:00:00Z"}},
		{"at", "at(2030-01-02T03:04:05)", "", "2030-01-01T00:00:00Z", []string{"2030-01-02T03:04:05Z", ""}},
		{"at in a zone", "at(2030-07-02T03:04:05)", "Europe/Berlin", "2030-01-01T00:00:00Z", []string{"2030-07-02T01:04:05Z"}},
		{"every day", "cron(0 10 * * ? *)", "", "2030-01-01T10:00:00Z", []string{"2030-01-02T10:00:00Z", "2030-01-03T10:00:00Z"}},
		{"week days", "cron(0 18 ? * MON-FRI *)", "", "2030-01-04T17:00:00Z", []string{"2030-01-04T18:00:00Z", "2030-01-07T18:00:00Z"}},
		{"every 15 minutes", "cron(0/15 * * * ? *)", "", "2030-01-01T00:50:00Z", []string{"2030-01-01T01:00:00Z", "2030-01-01T01:15:00Z"}},
		{"first of the month", "cron(0 8 1 * ? *)", "", "2030-01-31T00:00:00Z", []string{"2030-02-01T08:00:00Z"}},
		{"last day", "cron(0 0 L * ? *)", "", "2028-02-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"}},
		{"days before the last", "cron(0 0 L-2 * ? *)", "", "2030-02-01T00:00:00Z", []string{"2030-02-26T00:00:00Z"}},
		{"weekday nearest", "cron(0 0 15W * ? *)", "", "2030-06-01T00:00:00Z", []string{"2030-06-14T00:00:00Z", "2030-07-15T00:00:00Z"}},
		{"weekday nearest stays in the month", "cron(0 0 1W * ? *)", "", "2030-05-31T01:00:00Z", []string{"2030-06-03T00:00:00Z"}},
		{"last weekday", "cron(0 0 LW * ? *)", "", "2030-06-01T00:00:00Z", []string{"2030-06-28T00:00:00Z"}},
		{"last friday", "cron(15 10 ? * 6L 2030-2031)", "", "2030-01-01T00:00:00Z", []string{"2030-01-25T10:15:00Z"}},
		{"third friday", "cron(0 0 ? * FRI#3 *)", "", "2030-01-01T00:00:00Z", []string{"2030-01-18T00:00:00Z"}},
		{"over the week's end", "cron(0 0 ? * SAT-MON *)", "", "2030-01-04T00:00:00Z", []string{"2030-01-05T00:00:00Z", "2030-01-06T00:00:00Z", "2030-01-07T00:00:00Z", "2030-01-12T00:00:00Z"}},
		{"years", "cron(0 0 1 JAN ? 2032,2034)", "", "2030-01-01T00:00:00Z", []string{"2032-01-01T00:00:00Z", "2034-01-01T00:00:00Z", ""}},
		{"never", "cron(0 0 30 2 ? *)", "", "2030-01-01T00:00:00Z", []string{""}},
		{"in a zone", "cron(0 9 * * ? *)", "America/New_York", "2030-03-09T00:00:00Z", []string{"2030-03-09T14:00:00Z", "2030-03-10T13:00:00Z"}},
		{"skipped by daylight saving", "cron(30 2 * * ? *)", "Europe/Berlin", "2030-03-30T12:00:00Z", []string{"2030-04-01T00:30:00Z"}},
		{"repeated by daylight saving", "cron(30 2 * * ? *)", "Europe/Berlin", "2030-10-26T12:00:00Z", []string{"2030-10-27T00:30:00Z", "2030-10-28T01:30:00Z"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			loc, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Skipf("no time zone data: %v", err)
			}
			e, err := schedule.Parse(tc.expression, loc)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			at := MustTime(t, tc.after)
			for range tc.want {
				if at = e.Next(at); at.IsZero() {
					got = append(got, "")
					break
				}
				got = append(got, at.Format(time.RFC3339))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "5 minutes", "rate(5 minute)", "rate(1 minutes)", "rate(0 minutes)", "rate(5 weeks)", "rate(x days)",
		"cron(0 0 * * *)", "cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(60 0 * * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 ? * FRI#6 *)",
		"at(2030-01-01)", "at(2030-01-01T00:00:00Z)", "every(5 minutes)", "rate(5 minutes"} {
		t.Run(s, func(t *testing.T) {
			if _, err := schedule.Parse(s, nil); err == nil {
				t.Error("it was accepted")
			}
		})
	}
}
