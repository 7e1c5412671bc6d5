package run

import "time"

// How long after a change of status a run is compared with its execution.
const (
	StartGrace  = time.Minute     // until a start that was not acknowledged is made again
	RepairGrace = 2 * time.Minute // until the first look at an open run
)

// Due is when the sweep has to look at a run that came into its status at the given
// time; zero when it has ended. A waiting run is looked at after its approval's time.
func (r Run) Due(at time.Time) time.Time {
	switch {
	case r.Status.Ended():
		return time.Time{}
	case r.Status == Starting:
		return at.Add(StartGrace)
	case r.Status == Paused && r.PausedUntil != nil && r.PausedUntil.After(at):
		return r.PausedUntil.Add(RepairGrace)
	case r.Status == Waiting && r.WaitingFor != nil && r.WaitingFor.Until.After(at):
		return r.WaitingFor.Until.Add(RepairGrace)
	}
	return at.Add(RepairGrace)
}
