package store

import "time"

// DueItem is one thing that the sweep has to look at.
type DueItem struct {
	Kind  string // "event", "run" or "approval"
	ID    string
	DueAt time.Time
}
