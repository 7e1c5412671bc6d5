// Package failing says when a workflow has started to fail: who is to be told, after how
// many failed runs in a row it is switched off, and what the runs that have failed amount
// to. An episode begins with the first run that fails after a success, and ends with the
// next success; in a row means by the time at which runs ended, in whatever order that
// became known. It is pure: store keeps the State, record switches off, sweep tells.
package failing

import (
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// MaxSwitchOff is the highest number of failures in a row that may be asked for.
const MaxSwitchOff = 100

// Kept is how many failures of a workflow are remembered at most.
const Kept = 2 * MaxSwitchOff

// Settings say what happens when a workflow fails; the zero value is nothing.
type Settings struct {
	Notify         *Person `json:"notify,omitempty"`
	SwitchOffAfter int     `json:"switchOffAfter,omitempty"` // failed runs in a row; 0 is never
}

// Person is exactly one of its members.
type Person struct {
	Email     string `json:"email,omitempty"`
	User      string `json:"user,omitempty"`
	Group     string `json:"group,omitempty"`     // its members
	ManagerOf string `json:"managerOf,omitempty"` // of a group
}

// Check refuses settings that mean nothing. Whether groups are there is for the caller.
func (s Settings) Check() error {
	if s.SwitchOffAfter < 0 || s.SwitchOffAfter > MaxSwitchOff {
		return fault.New(fault.Invalid, "failures: switchOffAfter is %d: it is from 1 to %d failed runs in a row; leave it out to never switch off", s.SwitchOffAfter, MaxSwitchOff)
	}
	if s.Notify == nil {
		return nil
	}
	n := 0
	for _, v := range []string{s.Notify.Email, s.Notify.User, s.Notify.Group, s.Notify.ManagerOf} {
		if strings.TrimSpace(v) != "" {
			n++
		}
	}
	if n != 1 {
		return fault.New(fault.Invalid, "failures: notify names %d of email, user, group and managerOf: name exactly one", n)
	}
	return nil
}

// Of are the settings that hold for a workflow: its own, else the desk's.
func Of(own, desk *Settings) Settings {
	switch {
	case own != nil:
		return *own
	case desk != nil:
		return *desk
	}
	return Settings{}
}

// Failure is a run that ended as failed.
type Failure struct {
	RunID     string
	StartedAt time.Time
	EndedAt   time.Time
}

// State is what the ends of a workflow's runs have left.
type State struct {
	Failures    []Failure // in any order; a run is there once
	SucceededAt time.Time // when the last run that succeeded ended
	ToldAt      time.Time // end of the failure that began the episode that somebody was told of last
	OffTold     bool      // that the workflow was switched off has been told
	SendingAt   time.Time // when a notice was begun that is not known to have left
	Revision    int
}

// Streak are the failures since the last success, oldest first. Runs that had started
// before since, when the workflow was last enabled, do not count.
func (s State) Streak(since time.Time) []Failure {
	var out []Failure
	for _, f := range s.Failures {
		if f.EndedAt.After(s.SucceededAt) && !f.StartedAt.Before(since) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Failure) int {
		if c := a.EndedAt.Compare(b.EndedAt); c != 0 {
			return c
		}
		return strings.Compare(a.RunID, b.RunID)
	})
	return out
}

// Told tells whether somebody was told of the episode that goes on.
func (s State) Told() bool { return s.ToldAt.After(s.SucceededAt) }

// Stale are the runs that no streak can count any more, and those past Kept.
func (s State) Stale() []string {
	var out []string
	for _, f := range s.Failures {
		if !f.EndedAt.After(s.SucceededAt) {
			out = append(out, f.RunID)
		}
	}
	return out
}
