package cost

import (
	"strings"

	"github.com/deskhand/deskhand/shared/run"
)

// Run is what a run has taken so far, as its history shows: every state entered and
// every further try of a task is a transition, and a node takes what its type took when
// it was counted, times how often its function was called.
// https://aws.amazon.com/step-functions/pricing/
func Run(events []run.HistoryEvent, places map[string]run.Place) Use {
	out := Count().Run.Plus(nil)
	transitions := 0
	state, tries := "", 0
	for _, e := range events {
		switch {
		case strings.HasSuffix(e.Type, "StateEntered"):
			state, tries = e.State, 0
			transitions++
			// Logic calls nothing: its transition is all.
		case e.Type == "TaskScheduled" || e.Type == "LambdaFunctionScheduled":
			if tries++; tries > 1 {
				transitions++
			}
			if p := places[state]; p.Role == "task" && p.Type != "branch" {
				out = out.Plus(calls(p.Type))
			}
		}
	}
	out[Transition] += float64(transitions)
	return out
}

// calls is what a node takes besides its transitions.
func calls(kind string) Use {
	u := node(kind).Plus(nil)
	delete(u, Transition)
	return u
}
