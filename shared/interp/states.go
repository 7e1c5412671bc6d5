package interp

import (
	"time"

	"github.com/deskhand/deskhand/shared/asl"
)

func (r *run) choice(st *state) {
	for _, rule := range st.rules {
		text, err := r.text(rule.condition, scope{})
		if err != nil {
			r.broke(err)
			return
		}
		match, ok := decode(text).(bool)
		if !ok {
			r.broke(r.wrongType(rule.condition, "boolean", text))
			return
		}
		if match {
			r.exit(rule.body, r.e.Position.Input, rule.next, scope{})
			return
		}
	}
	if st.Default == "" {
		r.stateFailed(Fault("States.NoChoiceMatched", r.within("Failed to transition out of the state. The state does not point to a next state.")))
		return
	}
	r.exit(st.body, r.e.Position.Input, st.Default, scope{})
}

func (r *run) wait(st *state) {
	p := r.e.Position
	if st.seconds != nil {
		n, err := r.integer(st.seconds, 0, asl.MaxSeconds)
		if err != nil {
			r.broke(err)
			return
		}
		p.Until = r.env.Now.Add(time.Duration(n) * time.Second)
	} else {
		text, err := r.words(st.timestamp)
		if err != nil {
			r.broke(err)
			return
		}
		until, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			r.broke(&evaluationError{"Timestamp", "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: " + text})
			return
		}
		p.Until = until
	}
	if !p.Until.After(r.env.Now) {
		r.exit(st.body, p.Input, st.Next, scope{})
		return
	}
	p.Phase = InWait
}

func (r *run) fail(st *state) {
	var f Failure
	for _, part := range []struct {
		from *template
		to   **string
	}{{st.error, &f.Error}, {st.cause, &f.Cause}} {
		if part.from == nil {
			continue
		}
		text, err := r.words(part.from)
		if err != nil {
			r.broke(err)
			return
		}
		*part.to = &text
	}
	r.closeWith(f)
}
