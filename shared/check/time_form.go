package check

import (
	"time"

	"github.com/deskhand/deskhand/shared/condition"
)

func timeForm(s string) bool {
	_, ok := condition.ParseTime(s)
	return ok
}

func mustDuration(v any, parse func(string) (time.Duration, error)) time.Duration {
	s, _ := v.(string)
	d, err := parse(s)
	if err != nil {
		return 0
	}
	return d
}
