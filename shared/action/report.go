package action

import (
	"encoding/json"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
)

// happened is an event that the step makes.
func (d *Desk) happened(r *Request, typ string, subject event.Subject, at time.Time, detail any) (event.Event, error) {
	e := event.Event{ID: d.NewID(id.Event), Type: typ, Time: at, Actor: r.Actor(), CausedBy: r.Cause(), Subject: subject}
	data, err := json.Marshal(detail)
	if err != nil {
		return e, err
	}
	if string(data) != "null" {
		e.Detail = data
	}
	return e, nil
}
