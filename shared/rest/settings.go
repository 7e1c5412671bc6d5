package rest

import (
	"net/http"
	"regexp"
	"slices"
	"time"

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

var clockTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$|^24:00$`)

func (s *Server) putSettings(r *http.Request) (*answer, error) {
	set, err := s.Store.Settings(r.Context())
	if err != nil {
		return nil, err
	}
	set.Hours = slices.Clone(set.Hours)
	if err := read(r, &set); err != nil {
		return nil, err
	}
	if _, err := time.LoadLocation(set.Timezone); err != nil || set.Timezone == "" || set.Timezone == "Local" {
		return nil, fault.New(fault.Invalid, "timezone %q is not known: use an IANA name, as Europe/Berlin", set.Timezone)
	}
	if set.Automation != "on" && set.Automation != "off" {
		return nil, fault.New(fault.Invalid, "automation is %q: it is on or off", set.Automation)
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
	}
	if err := s.Store.PutSettings(r.Context(), set); err != nil {
		return nil, err
	}
	return ok(set)
}

func (s *Server) healthz(*http.Request) (*answer, error) {
	return ok(map[string]string{"status": "ok"})
}

func (s *Server) config(*http.Request) (*answer, error) { return ok(s.Config) }

func (s *Server) catalog(*http.Request) (*answer, error) { return ok(workflow.TheCatalog) }

func (s *Server) templates(*http.Request) (*answer, error) { return ok(listOf(gallery.All(), "")) }
