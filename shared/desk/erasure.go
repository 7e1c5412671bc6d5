package desk

import "time"

// Erasure is how far the erasure of a contact's data has come.
type Erasure struct {
	ContactID string    `json:"contactId"`
	Email     string    `json:"-"`
	Stage     string    `json:"stage"`
	Cursor    string    `json:"-"` // within the stage
	Since     time.Time `json:"since"`
	Done      bool      `json:"done"`
}
