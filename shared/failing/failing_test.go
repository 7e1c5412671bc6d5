package failing_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
)

func at(minute int) time.Time { return time.Date(2030, 1, 1, 10, minute, 0, 0, time.UTC) }

func TestStreak(t *testing.T) {
	f := func(id string, started, ended int) failing.Failure {
		return failing.Failure{RunID: id, StartedAt: at(started), EndedAt: at(ended)}
	}
	for _, c := range []struct {
		name     string
		failures []failing.Failure
		success  time.Time
		since    time.Time
		want     string
	}{
		{"none", nil, at(5), time.Time{}, ""},
		{"first ever", []failing.Failure{f("a", 0, 1)}, time.Time{}, time.Time{}, "a"},
		{"by the time of the end", []failing.Failure{f("c", 0, 9), f("b", 2, 3), f("a", 1, 1)}, time.Time{}, time.Time{}, "a b c"},
		{"after the success only", []failing.Failure{f("a", 0, 1), f("b", 0, 5), f("c", 0, 6)}, at(5), time.Time{}, "c"},
		{"that started since it was enabled", []failing.Failure{f("a", 0, 8), f("b", 4, 7), f("c", 5, 9)}, time.Time{}, at(4), "b c"},
		{"at one moment", []failing.Failure{f("b", 0, 1), f("a", 0, 1)}, time.Time{}, time.Time{}, "a b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 10 { // whatever the order in which it became known
				rand.Shuffle(len(c.failures), func(i, j int) { c.failures[i], c.failures[j] = c.failures[j], c.failures[i] })
				var got []string
				for _, f := range (failing.State{Failures: c.failures, SucceededAt: c.success}).Streak(c.since) {
					got = append(got, f.RunID)
				}
				if s := strings.Join(got, " "); s != c.want {
					t.Fatalf("%q, want %q", s, c.want)
				}
			}
		})
	}
}

func TestTold(t *testing.T) {
	for _, c := range []struct {
		name          string
		told, success time.Time
		want          bool
	}{
		{"never", time.Time{}, at(1), false},
		{"this episode", at(2), at(1), true},
		{"an earlier episode", at(1), at(2), false},
		{"and it never succeeded", at(1), time.Time{}, true},
	} {
		if got := (failing.State{ToldAt: c.told, SucceededAt: c.success}).Told(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		s    failing.Settings
		want string
	}{
		{"nothing", failing.Settings{}, ""},
		{"all", failing.Settings{Notify: &failing.Person{Group: "care"}, SwitchOffAfter: 100}, ""},
		{"negative", failing.Settings{SwitchOffAfter: -1}, "switchOffAfter is -1: it is from 1 to 100"},
		{"too many", failing.Settings{SwitchOffAfter: 101}, "switchOffAfter is 101"},
		{"nobody", failing.Settings{Notify: &failing.Person{Email: " "}}, "names 0 of"},
		{"two", failing.Settings{Notify: &failing.Person{Email: "a@b.example", Group: "care"}}, "names 2 of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.s.Check()
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestOf(t *testing.T) {
	desk, own := &failing.Settings{SwitchOffAfter: 9}, &failing.Settings{}
	if d := cmp.Diff([]failing.Settings{{}, *desk, *own, *own}, []failing.Settings{failing.Of(nil, nil), failing.Of(nil, desk), failing.Of(own, desk), failing.Of(own, nil)}); d != "" {
		t.Error(d)
	}
}
