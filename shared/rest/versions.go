package rest

import (
	"encoding/json"
	"fmt"
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
	Pruned                 bool            `json:"pruned,omitempty"` // removed from Step Functions; activating it publishes it again
	Definition             json.RawMessage `json:"definition,omitempty"`
	ASL                    json.RawMessage `json:"asl,omitempty"`
}

func version(v workflow.Version, h workflow.Head) Version {
	return Version{Version: v.N, Active: h.ActiveVersion == v.N, Note: v.Note, PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy, StateMachineVersionArn: v.VersionArn, Pruned: v.Pruned}
}

// PublishOrder asks to publish the draft that If-Match names.
type PublishOrder struct {
	Note     string `json:"note,omitempty"`
	Activate *bool  `json:"activate,omitempty"` // true when absent
}

func (s *Server) publish(r *http.Request) (*answer, error) {
	rev, err := revision(r)
	if err != nil {
		return nil, err
	}
	var in PublishOrder
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
	changed(r, "", fmt.Sprintf("version %d, active %t", v.N, h.ActiveVersion == v.N))
	return created("/v1/workflows/"+h.ID+"/versions/"+strconv.Itoa(v.N), version(v, h))
}

func (s *Server) listVersions(r *http.Request) (*answer, error) {
	q := queryOf(r, "limit", "cursor")
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
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
	items, next, err := pageOf(items, p, "versions\x00"+h.ID, true, func(v Version) string { return fmt.Sprintf("%09d", v.Version) })
	if err != nil {
		return nil, err
	}
	return ok(listOf(items, next))
}

// maxVersion is the highest number that a version's key has room for.
const maxVersion = 999_999

func number(r *http.Request) (int, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > maxVersion {
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
	v, definition, err := s.published(r, h.ID, n)
	if err != nil {
		return nil, err
	}
	out := version(v, h)
	out.Definition = definition
	source, _, err := s.Store.VersionASL(r.Context(), h.ID, n)
	if err != nil {
		return nil, err
	}
	out.ASL = source
	return ok(out)
}

// published is a version that was published to the end, with its definition.
func (s *Server) published(r *http.Request, workflowID string, n int) (workflow.Version, json.RawMessage, error) {
	v, err := s.Store.Version(r.Context(), workflowID, n)
	if err != nil {
		return v, nil, err
	}
	if v.Status != workflow.Published {
		return v, nil, fault.New(fault.NotFound, "version %d was never published to the end", n)
	}
	definition, err := s.Store.VersionDefinition(r.Context(), workflowID, n)
	return v, definition, err
}

// diff tells what changed between two versions, from the older to the newer one
// whichever of them the path names.
func (s *Server) diff(r *http.Request) (*answer, error) {
	n, err := number(r)
	if err != nil {
		return nil, err
	}
	q := queryOf(r, "with")
	m := q.number("with")
	if q.err == nil && m == 0 {
		q.fail("with is missing: it is the number of the other version")
	}
	if q.err != nil {
		return nil, q.err
	}
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var defs [2]*workflow.Definition
	for i, n := range []int{min(n, m), max(n, m)} {
		_, data, err := s.published(r, h.ID, n)
		if err != nil {
			return nil, err
		}
		defs[i], _ = workflow.Parse(data)
	}
	return ok(workflow.Compare(defs[0], defs[1]))
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
