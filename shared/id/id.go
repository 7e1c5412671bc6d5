// Package id makes the product's identifiers: a prefix and a ULID, so that ids of one
// kind sort by the time they were made, also within one millisecond of one process.
package id

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// Prefixes of the product's ids.
const (
	Workflow     = "wf_"
	Run          = "run_"
	Event        = "evt_"
	Conversation = "conv_"
	Message      = "msg_"
	Ticket       = "tkt_"
	Contact      = "con_"
	Approval     = "apr_"
	Audit        = "aud_"
)

// Source makes ids; safe for concurrent use.
type Source struct {
	now     func() time.Time
	mu      sync.Mutex
	entropy *ulid.MonotonicEntropy
}

// NewSource makes ids by the given clock.
func NewSource(now func() time.Time) *Source {
	return &Source{now: now, entropy: ulid.Monotonic(rand.Reader, 0)}
}

// New makes an id with the prefix.
func (s *Source) New(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return prefix + ulid.MustNew(ulid.Timestamp(s.now()), s.entropy).String()
}

// Valid tells whether s is the prefix and a ULID.
func Valid(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return false
	}
	_, err := ulid.ParseStrict(rest)
	return err == nil
}

// Floor is the smallest id with the prefix that could have been made at t; every id
// made at t or later is not less, every one made before is less.
func Floor(prefix string, t time.Time) string {
	var u ulid.ULID
	_ = u.SetTime(ulid.Timestamp(t))
	return prefix + u.String()
}

// Time is when the id was made, to the millisecond; zero if it is none of ours.
func Time(s string) time.Time {
	_, rest, ok := strings.Cut(s, "_")
	if !ok {
		return time.Time{}
	}
	u, err := ulid.ParseStrict(rest)
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(u.Time()).UTC()
}

// From is the id with the prefix that a time and at least ten bytes always give.
func From(prefix string, t time.Time, entropy []byte) string {
	var u ulid.ULID
	_ = u.SetTime(ulid.Timestamp(t))
	_ = u.SetEntropy(entropy[:10])
	return prefix + u.String()
}
