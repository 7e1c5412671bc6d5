package desk

import (
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// Caps bound what automation does to one person, so that two machines that answer each
// other stop by themselves. 0 is the default.
type Caps struct {
	MailPerHour   int `json:"mailPerHour"`   // automatic mails to one address
	MailPerDay    int `json:"mailPerDay"`    // the same, in 24 hours
	StartsPerHour int `json:"startsPerHour"` // runs of one workflow for one contact
}

// The caps of a desk that has set none, and the highest that it may set.
const (
	MailPerHour   = 30
	MailPerDay    = 100
	StartsPerHour = 100
	MaxCap        = 1000
)

// Limits are the caps with the defaults filled in.
func (s Settings) Limits() Caps {
	c := Caps{}
	if s.Caps != nil {
		c = *s.Caps
	}
	for _, f := range []struct {
		n        *int
		fallback int
	}{{&c.MailPerHour, MailPerHour}, {&c.MailPerDay, MailPerDay}, {&c.StartsPerHour, StartsPerHour}} {
		if *f.n <= 0 {
			*f.n = f.fallback
		}
	}
	return c
}

// Check refuses caps that are out of bounds.
func (c Caps) Check() error {
	for name, n := range map[string]int{"mailPerHour": c.MailPerHour, "mailPerDay": c.MailPerDay, "startsPerHour": c.StartsPerHour} {
		if n < 0 || n > MaxCap {
			return fault.New(fault.Invalid, "caps: %s is %d: it is from 1 to %d, or 0 for the default", name, n, MaxCap)
		}
	}
	return nil
}

// What caps count.
const (
	CapStarts = "START" // of a workflow for a contact
	CapMail   = "MAIL"  // automatic mail to an address
)

// Cap allows Max things within a time.
type Cap struct {
	Max    int
	Within time.Duration
}

func (c Cap) String() string {
	switch c.Within {
	case time.Hour:
		return fmt.Sprintf("%d within an hour", c.Max)
	case 24 * time.Hour:
		return fmt.Sprintf("%d within a day", c.Max)
	}
	return fmt.Sprintf("%d within %s", c.Max, c.Within)
}

// Mail are the caps on automatic mail to one address.
func (c Caps) Mail() []Cap {
	return []Cap{{c.MailPerHour, time.Hour}, {c.MailPerDay, 24 * time.Hour}}
}

// Starts are the caps on runs of one workflow for one contact.
func (c Caps) Starts() []Cap { return []Cap{{c.StartsPerHour, time.Hour}} }
