package check

import (
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/workflow"
)

func timeForm(s string) bool {
	_, ok := condition.ParseTime(s)
	return ok
}

// durationOf is 0 for what is no duration; the param's own check reports that.
func durationOf(v any) time.Duration {
	s, _ := v.(string)
	d, err := workflow.ParseDuration(s)
	if err != nil {
		return 0
	}
	return d
}
