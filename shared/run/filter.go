package run

import "time"

// Filter narrows the list of runs; zero members do not. Running includes Starting.
type Filter struct {
	Workflow     string
	Version      int
	Status       Status
	Conversation string
	From, To     time.Time // of StartedAt; To is exclusive
}
