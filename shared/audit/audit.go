// Package audit is the record of who changed what through the API: one entry per request
// that changed something. It names what was changed and never holds personal data of
// customers: names of fields, and values only where they are the desk's own words. It
// does not keep entries (store) and does not decide what is worth one (rest).
package audit

import "time"

// KeepDays is for how long an entry is kept.
const KeepDays = 400

// Entry is one change.
type Entry struct {
	ID      string    `json:"id"` // aud_ and a ULID of At
	At      time.Time `json:"at"` // to the millisecond
	Who     string    `json:"who"`
	Role    string    `json:"role"`
	Action  string    `json:"action"` // as workflow.publish
	What    What      `json:"what"`
	Summary string    `json:"summary"`
}

// What was changed.
type What struct {
	Kind string `json:"kind"` // as workflow
	ID   string `json:"id"`
}

// Filter narrows the list of entries; zero members do not.
type Filter struct {
	Who, Action string
	Kind, ID    string    // of What; an ID goes with its Kind
	From, To    time.Time // From inclusive, To exclusive
}
