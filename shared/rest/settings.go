package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/workflow"
)

func (s *Server) getSettings(r *http.Request) (*answer, error) {
	set, err := s.Store.Settings(r.Context())
	if err != nil {
		return nil, err
	}
	return ok(set)
}

// maxHours is more than one entry per day and shift.
const maxHours = 50

var clockTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$|^24:00$`)

// SettingsEdit replaces what it names of the settings.
type SettingsEdit struct {
	Timezone   *string      `json:"timezone,omitempty"`
	Hours      *[]desk.Hour `json:"hours,omitempty"`
	Automation *string      `json:"automation,omitempty"`
	Caps       *desk.Caps   `json:"caps,omitempty"` // on automatic mail and starts per person; 0 is the default

	Failures  FailuresEdit    `json:"failures,omitzero"`   // of workflows that have none of their own
	Retention *desk.Retention `json:"retention,omitempty"` // whole: what it leaves out is kept
}

func or(v *string, otherwise string) string {
	if v == nil {
		return otherwise
	}
	return *v
}

func (s *Server) putSettings(r *http.Request) (*answer, error) {
	set, err := s.Store.Settings(r.Context())
	if err != nil {
		return nil, err
	}
	var in SettingsEdit
	if err := read(r, &in); err != nil {
		return nil, err
	}
	set.Timezone, set.Automation = or(in.Timezone, set.Timezone), or(in.Automation, set.Automation)
	if in.Hours != nil {
		set.Hours = *in.Hours
	}
	if in.Caps != nil {
		set.Caps = in.Caps
	}
	if in.Failures.named {
		if err := s.failures(r.Context(), in.Failures.value); err != nil {
			return nil, err
		}
		set.Failures = in.Failures.value
	}
	if _, err := time.LoadLocation(set.Timezone); err != nil || set.Timezone == "" || set.Timezone == "Local" {
		return nil, fault.New(fault.Invalid, "timezone %q is not known: use an IANA name, as Europe/Berlin", set.Timezone)
	}
	if set.Caps != nil {
		if err := set.Caps.Check(); err != nil {
			return nil, err
		}
	}
	if in.Retention != nil {
		if _, err := erase.AgesOf(in.Retention); err != nil {
			return nil, err
		}
		set.Retention = in.Retention
	}
	if set.Automation != "on" && set.Automation != "off" {
		return nil, fault.New(fault.Invalid, "automation is %q: it is on or off", set.Automation)
	}
	if len(set.Hours) > maxHours {
		return nil, fault.New(fault.Invalid, "hours has %d entries; at most %d are kept", len(set.Hours), maxHours)
	}
	for _, h := range set.Hours {
		for _, d := range h.Days {
			if !slices.Contains([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, d) {
				return nil, fault.New(fault.Invalid, "hours: day %q is not one of mon, tue, wed, thu, fri, sat, sun", d)
			}
		}
		if !clockTime.MatchString(h.From) || !clockTime.MatchString(h.To) {
			return nil, fault.New(fault.Invalid, "hours: from %q to %q: write times as 09:00", h.From, h.To)
		}
		if h.From == h.To {
			return nil, fault.New(fault.Invalid, "hours: from and to are both %s: for a whole day write 00:00 to 24:00", h.From)
		}
	}
	if err := s.Store.PutSettings(r.Context(), set); err != nil {
		return nil, err
	}
	return ok(set)
}

// Health says that the API answers.
type Health struct {
	Status string `json:"status"`
}

func (s *Server) healthz(*http.Request) (*answer, error) {
	return ok(Health{Status: "ok"})
}

func (s *Server) config(*http.Request) (*answer, error) { return ok(s.Config) }

func (s *Server) catalog(*http.Request) (*answer, error) { return ok(workflow.TheCatalog) }

func (s *Server) templates(r *http.Request) (*answer, error) {
	q := queryOf(r, "limit", "cursor")
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	all := gallery.All()
	place := map[string]string{}
	for i, t := range all {
		place[t.ID] = fmt.Sprintf("%06d", i)
	}
	items, next, err := pageOf(all, p, "templates", false, func(t gallery.Template) string { return place[t.ID] })
	if err != nil {
		return nil, err
	}
	return ok(listOf(items, next))
}
