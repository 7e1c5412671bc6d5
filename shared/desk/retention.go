package desk

import "time"

// Retention is how long things are kept, as durations of the contract ("365d"); "" keeps
// them, events for the 30 days that they are kept anyway.
type Retention struct {
	Mail   string `json:"mail,omitempty"`   // closed conversations since their last message, and mail that could not be processed
	Events string `json:"events,omitempty"` // with their match records
	Runs   string `json:"runs,omitempty"`   // runs that ended since they began, with their approvals
}

// Aging is how far a pass over what is too old has come; the zero value is that none is
// under way.
type Aging struct {
	Stage         string    `json:"stage,omitempty"`
	Cursor        string    `json:"cursor,omitempty"` // within the stage
	Within        string    `json:"within,omitempty"` // within the conversation at hand
	Since         time.Time `json:"since,omitzero"`   // when the pass began; ages are counted up to here
	Conversations int       `json:"conversations,omitempty"`
	FailedMails   int       `json:"failedMails,omitempty"`
	Runs          int       `json:"runs,omitempty"`
	Events        int       `json:"events,omitempty"`
	Revision      int       `json:"-"`
}
