// Package clock tells a function the time. In AWS that is the machine's clock. On the
// local stack the variable CLOCK_FILE names a file that holds how far the stack's
// clock has been advanced (a Go duration), so that the same binaries see "24 h later".
// What must follow wall time (sign-in, page nonces) calls time.Now itself.
package clock

import (
	"os"
	"strings"
	"time"
)

// Clock gives the current time in UTC, to the millisecond (what JSONata and JSON can tell).
type Clock func() time.Time

// System is the clock of the process; it reads CLOCK_FILE at every call when it is set.
func System() Clock {
	file := os.Getenv("CLOCK_FILE")
	if file == "" {
		return func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
	}
	return func() time.Time {
		now := time.Now().UTC().Truncate(time.Millisecond)
		data, err := os.ReadFile(file)
		if err != nil {
			return now
		}
		ahead, err := time.ParseDuration(strings.TrimSpace(string(data)))
		if err != nil {
			return now
		}
		return now.Add(ahead)
	}
}
