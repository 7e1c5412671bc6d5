package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Version is one published version.
type Version struct {
	Version                int             `json:"version"`
	Active                 bool            `json:"active"`
	Note                   string          `json:"note"`
	PublishedAt            time.Time       `json:"publishedAt"`
	PublishedBy            string          `json:"publishedBy"`
	StateMachineVersionArn string          `json:"stateMachineVersionArn"`
	Definition             json.RawMessage `json:"definition,omitempty"`
	ASL                    json.RawMessage `json:"asl,omitempty"`
}

func version(v workflow.Version, h workflow.Head) Version {
	return Version{Version: v.N, Active: h.ActiveVersion == v.N, Note: v.Note, PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy, StateMachineVersionArn: v.VersionArn}
}

func (s *Server) publish(r *http.Request) (*answer, error) {
	rev, err := revision(r)
	if err != nil {
		return nil, err
	}
	var in struct {
		Note     string `json:"note"`
		Activate *bool  `json:"activate"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	note, err := bounded("note", in.Note, maxDescription)
	if err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	v, h, err := s.Publisher.Publish(r.Context(), publish.Order{WorkflowID: h.ID, Revision: rev, Note: note, By: callerOf(r).who, Activate: in.Activate == nil || *in.Activate})
	if err != nil {
		return nil, err
	}
	return created("/v1/workflows/"+h.ID+"/versions/"+strconv.Itoa(v.N), version(v, h))
}

func (s *Server) listVersions(r *http.Request) (*answer, error) {
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	all, err := s.Store.Versions(r.Context(), h.ID)
	if err != nil {
		return nil, err
	}
	items := []Version{}
	for _, v := range all {
		if v.Status == workflow.Published {
			items = append(items, version(v, h))
		}
	}
	return ok(listOf(items, ""))
}

func number(r *http.Request) (int, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "there is no version %q: versions are numbers from 1", r.PathValue("n"))
	}
	return n, nil
}

func (s *Server) getVersion(r *http.Request) (*answer, error) {
	n, err := number(r)
	if err != nil {
		return nil, err
	}
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	v, err := s.Store.Version(r.Context(), h.ID, n)
	if err != nil {
		return nil, err
	}
	if v.Status != workflow.Published {
		return nil, fault.New(fault.NotFound, "version %d was never published to the end", n)
	}
	out := version(v, h)
	if out.Definition, err = s.Store.VersionDefinition(r.Context(), h.ID, n); err != nil {
		return nil, err
	}
	source, _, err := s.Store.VersionASL(r.Context(), h.ID, n)
	if err != nil {
		return nil, err
	}
	out.ASL = source
	return ok(out)
}

func (s *Server) activate(r *http.Request) (*answer, error) {
	n, err := number(r)
	if err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	if h, err = s.Publisher.Activate(r.Context(), h.ID, n); err != nil {
		return nil, err
	}
	c, err := s.Store.WorkflowCounters(r.Context(), h.ID)
	if err != nil {
		return nil, err
	}
	return ok(s.summary(h, c))
}
