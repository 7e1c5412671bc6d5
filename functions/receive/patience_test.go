package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

func TestPatiently(t *testing.T) {
	quota, other := fault.Throttled(nil, "slow down"), errors.New("broken")
	for name, c := range map[string]struct {
		left   time.Duration // of the invocation's time; 0 is without end
		errs   []error
		tries  int
		result error
	}{
		"at once":                {time.Hour, []error{nil}, 1, nil},
		"another error":          {time.Hour, []error{other}, 1, other},
		"a quota that passes":    {time.Hour, []error{quota, nil}, 2, nil},
		"a quota, then an error": {time.Hour, []error{quota, other}, 2, other},
		"no time left":           {oneTry, []error{quota, nil}, 1, quota},
		"nobody says how long":   {0, []error{quota, nil}, 1, quota},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if c.left > 0 {
				var done context.CancelFunc
				ctx, done = context.WithTimeout(ctx, c.left)
				defer done()
			}
			n := 0
			err := patiently(ctx, func() error { n++; return c.errs[n-1] })
			if n != c.tries || !errors.Is(err, c.result) {
				t.Errorf("%d tries, %v; want %d, %v", n, err, c.tries, c.result)
			}
		})
	}
}
