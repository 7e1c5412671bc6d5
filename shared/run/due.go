package run

import "time"

// How long after a change of status a run is compared with its execution.
const (
	StartGrace  = time.Minute     // until a start that was not acknowledged is made again
	RepairGrace = 2 * time.Minute // until the first look at an open run
	LongGrace   = time.Hour       // until the first look at one that waits for longer
)

// Due is when the sweep has to look at a run that came into its status at the given
// time; zero when it has ended. One that waits for a person or a timer is looked at
// just after its time is over, and after an hour if that is sooner: it may have been
// stopped, and the event that says so lost.
func (r Run) Due(at time.Time) time.Time {
	sooner := func(until time.Time) time.Time {
		if due := until.Add(RepairGrace); due.Before(at.Add(LongGrace)) {
			return due
		}
		return at.Add(LongGrace)
	}
	switch {
	case r.Status.Ended():
		return time.Time{}
	case r.Status == Starting:
		return at.Add(StartGrace)
	case r.Status == Paused && r.PausedUntil != nil && r.PausedUntil.After(at):
		return sooner(*r.PausedUntil)
	case r.Status == Waiting && r.WaitingFor != nil && r.WaitingFor.Until.After(at):
		return sooner(r.WaitingFor.Until)
	}
	return at.Add(RepairGrace)
}
