package event

import "time"

// Filter narrows the list of events; zero members do not. Without Type the silent
// ones (run.*, approval.*) are left out.
type Filter struct {
	Type         string
	Workflow     string // has a verdict of this workflow
	Conversation string // is about this conversation
	Matched      *bool  // by Workflow, or by any when that is empty
	From, To     time.Time
}
