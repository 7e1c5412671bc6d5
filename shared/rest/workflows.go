package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/cost"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// blank is the definition of a workflow that is made from nothing.
const blank = `{"trigger":{"type":"message.received"},"nodes":[],"edges":[]}`

const (
	maxName        = 120
	maxDescription = 2000
)

// Summary is a workflow in lists.
type Summary struct {
	ID                    string      `json:"id"`
	Name                  string      `json:"name"`
	Description           string      `json:"description"`
	Enabled               bool        `json:"enabled"`
	Trigger               TriggerType `json:"trigger"`
	ActiveVersion         *int        `json:"activeVersion"`
	LatestVersion         *int        `json:"latestVersion"`
	HasUnpublishedChanges bool        `json:"hasUnpublishedChanges"`
	Archived              bool        `json:"archived,omitempty"`
	DisabledBy            string      `json:"disabledBy,omitempty"` // "system": switched off after failures
	DisabledReason        string      `json:"disabledReason,omitempty"`
	LastRunAt             *time.Time  `json:"lastRunAt"`
	Stats                 run.Stats   `json:"stats"`
	CreatedAt             time.Time   `json:"createdAt"`
	UpdatedAt             time.Time   `json:"updatedAt"`
}

// TriggerType names a trigger.
type TriggerType struct {
	Type string `json:"type"`
}

// Workflow is one workflow whole.
type Workflow struct {
	Summary
	Draft    Draft              `json:"draft"`
	Problems []workflow.Problem `json:"problems"`
	Cost     Cost               `json:"cost"`               // of one run of the draft, estimated
	Hook     *Hook              `json:"hook,omitempty"`     // of one with a webhook trigger
	Failures *failing.Settings  `json:"failures,omitempty"` // absent: the desk's
}

// Cost is what one run takes by the way it goes, in millionths of a dollar.
type Cost struct {
	Least   int64 `json:"leastMicroUsd"`
	Typical int64 `json:"typicalMicroUsd"`
	Most    int64 `json:"mostMicroUsd"`
}

// Hook is what is known of a workflow's webhook; the secret itself is not.
type Hook struct {
	MadeAt *time.Time `json:"madeAt"` // null: it has no secret yet, and cannot be called
}

// Draft is the definition that is being worked on.
type Draft struct {
	Definition json.RawMessage `json:"definition"`
	Revision   int             `json:"revision"`
}

func (s *Server) summary(h workflow.Head, c run.Counters) Summary {
	out := Summary{ID: h.ID, Name: h.Name, Description: h.Description, Enabled: h.Enabled, Trigger: TriggerType{h.TriggerType},
		HasUnpublishedChanges: h.HasUnpublishedChanges(), Archived: h.Archived, DisabledBy: h.DisabledBy, DisabledReason: h.DisabledReason, LastRunAt: c.LastRunAt, Stats: c.Stats(s.Now()),
		CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt}
	if h.ActiveVersion > 0 {
		out.ActiveVersion = &h.ActiveVersion
	}
	if h.LatestVersion > 0 {
		out.LatestVersion = &h.LatestVersion
	}
	return out
}

// WorkflowList is a page of workflows with the totals of the desk.
type WorkflowList struct {
	Items      []Summary `json:"items"`
	NextCursor *string   `json:"nextCursor"`
	Totals     Totals    `json:"totals"`
}

// Totals are over all workflows, whatever the filters.
type Totals struct {
	Total       int      `json:"total"`
	Enabled     int      `json:"enabled"`
	SuccessRate *float64 `json:"successRate"`
	Runs        int      `json:"runs"` // that succeeded or failed: the n of the rate
}

func (s *Server) listWorkflows(r *http.Request) (*answer, error) {
	q := queryOf(r, "q", "trigger", "enabled", "limit", "cursor")
	p, enabled := q.page(), q.flag("enabled")
	if q.err != nil {
		return nil, q.err
	}
	heads, err := s.Store.Workflows(r.Context())
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(heads))
	for i, h := range heads {
		ids[i] = h.ID
	}
	counters, err := s.Store.WorkflowStats(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	var t Totals
	var succeeded, failed int
	items := []Summary{}
	needle := strings.ToLower(q.text("q"))
	for _, h := range heads {
		sum := s.summary(h, counters[h.ID])
		t.Total++
		if h.Enabled {
			t.Enabled++
		}
		succeeded, failed = succeeded+sum.Stats.Succeeded, failed+sum.Stats.Failed
		if (needle == "" || strings.Contains(strings.ToLower(h.Name+"\n"+h.Description), needle)) &&
			(q.text("trigger") == "" || h.TriggerType == q.text("trigger")) && (enabled == nil || h.Enabled == *enabled) {
			items = append(items, sum)
		}
	}
	t.Runs, t.SuccessRate = succeeded+failed, run.Rate(succeeded, failed)
	slices.SortFunc(items, func(a, b Summary) int { return strings.Compare(b.ID, a.ID) })
	items, next, err := pageOf(items, p, "workflows\x00"+q.text("q")+"\x00"+q.text("trigger")+"\x00"+q.text("enabled"), true, func(x Summary) string { return x.ID })
	if err != nil {
		return nil, err
	}
	return ok(WorkflowList{Items: items, NextCursor: cursor(next), Totals: t})
}

// NewWorkflow asks for a workflow: from nothing, from a definition or from a template.
type NewWorkflow struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Definition  json.RawMessage `json:"definition,omitempty"`
	Template    string          `json:"template,omitempty"`
}

func (s *Server) createWorkflow(r *http.Request) (*answer, error) {
	var in NewWorkflow
	if err := read(r, &in); err != nil {
		return nil, err
	}
	def := in.Definition
	if in.Template != "" {
		t, found := gallery.Get(in.Template)
		if !found {
			return nil, fault.New(fault.Unprocessable, "there is no template %q: GET /v1/templates lists them", in.Template)
		}
		if len(def) > 0 {
			return nil, fault.New(fault.Invalid, "give a template or a definition, not both")
		}
		def = t.Definition
		if in.Name == "" {
			in.Name = t.Name
		}
		if in.Description == "" {
			in.Description = t.Description
		}
	}
	if string(def) == "null" {
		def = nil
	}
	if len(def) == 0 {
		def = json.RawMessage(blank)
	}
	name, err := required("name", in.Name, maxName)
	if err != nil {
		return nil, err
	}
	description, err := bounded("description", in.Description, maxDescription)
	if err != nil {
		return nil, err
	}
	if err := definitionShape(def); err != nil {
		return nil, err
	}
	now := s.Now()
	head, err := s.Store.CreateWorkflow(r.Context(), workflow.Head{ID: s.NewID(id.Workflow), Name: name, Description: description, CreatedAt: now, UpdatedAt: now}, def)
	if err != nil {
		return nil, err
	}
	body, err := s.whole(r, head)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusCreated, body: body, header: map[string]string{"Location": "/v1/workflows/" + head.ID, "ETag": etag(body.Draft.Revision)}}, nil
}

// definitionShape refuses what is no definition at all; all else becomes Problems.
func definitionShape(def json.RawMessage) error {
	var object map[string]json.RawMessage
	if json.Unmarshal(def, &object) != nil || object == nil {
		return fault.New(fault.Invalid, "field \"definition\" is a %s; it should be a object", kindOf(bytes.TrimSpace(def)))
	}
	if len(def) > maxDefinition {
		return fault.New(fault.Invalid, "definition has %d bytes; at most %d are kept", len(def), maxDefinition)
	}
	return nil
}

// maxDefinition is what a draft may have; check complains from 200 KB.
const maxDefinition = 300 << 10

// whole is the workflow with its draft and the draft's problems.
func (s *Server) whole(r *http.Request, head workflow.Head) (Workflow, error) {
	draft, err := s.Store.Draft(r.Context(), head.ID)
	if err != nil {
		return Workflow{}, err
	}
	counters, err := s.Store.WorkflowCounters(r.Context(), head.ID)
	if err != nil {
		return Workflow{}, err
	}
	def, problems, err := s.Publisher.CheckWorkflow(r.Context(), head, draft.Definition)
	if err != nil {
		return Workflow{}, err
	}
	out := Workflow{Summary: s.summary(head, counters), Draft: Draft{draft.Definition, draft.Revision}, Problems: listed(problems), Failures: head.Failures}
	flow := cost.Flow(def)
	out.Cost = Cost{flow.Least.MicroUSD(), flow.Typical.MicroUSD(), flow.Most.MicroUSD()}
	if head.TriggerType == event.Webhook || head.RouteType == event.Webhook {
		at, err := s.Store.HookMadeAt(r.Context(), head.ID)
		if err != nil {
			return Workflow{}, err
		}
		if out.Hook = new(Hook); !at.IsZero() {
			out.Hook.MadeAt = &at
		}
	}
	return out, nil
}

// listed is the list that JSON shows as [] when it is empty.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// head is the workflow of the path; an archived one is only for reading its history.
func (s *Server) head(r *http.Request) (workflow.Head, error) {
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err == nil && h.Archived {
		return h, fault.New(fault.NotFound, "workflow %s is archived", h.ID)
	}
	return h, err
}

func (s *Server) getWorkflow(r *http.Request) (*answer, error) {
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	body, err := s.whole(r, h)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, body: body, header: map[string]string{"ETag": etag(body.Draft.Revision)}}, nil
}

func etag(revision int) string { return strconv.Quote(strconv.Itoa(revision)) }

// WorkflowPatch is what may change of a workflow besides its draft; absent leaves as it is.
type WorkflowPatch struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`

	Failures FailuresEdit `json:"failures,omitzero"`
}

func (s *Server) patchWorkflow(r *http.Request) (*answer, error) {
	var in WorkflowPatch
	if err := read(r, &in); err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	if in.Name != nil {
		if *in.Name, err = required("name", *in.Name, maxName); err != nil {
			return nil, err
		}
	}
	if in.Description != nil {
		if *in.Description, err = bounded("description", *in.Description, maxDescription); err != nil {
			return nil, err
		}
	}
	patch := workflow.Patch{Name: in.Name, Description: in.Description}
	if in.Failures.named {
		if err := s.failures(r.Context(), in.Failures.value); err != nil {
			return nil, err
		}
		patch.Failures = &in.Failures.value
	}
	if h, err = s.Store.PatchWorkflow(r.Context(), h.ID, patch); err != nil {
		return nil, err
	}
	body, err := s.whole(r, h)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, body: body, header: map[string]string{"ETag": etag(body.Draft.Revision)}}, nil
}

func (s *Server) archiveWorkflow(r *http.Request) (*answer, error) {
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !h.Archived {
		if err := s.Store.Archive(r.Context(), h.ID); err != nil {
			return nil, err
		}
		h.Archived = true
	}
	if err := s.Publisher.Reschedule(r.Context(), h); err != nil {
		return nil, err
	}
	return done()
}

// DraftEdit replaces the draft.
type DraftEdit struct {
	Definition json.RawMessage `json:"definition"`
}

// DraftSaved is the draft's new revision and what is wrong with it.
type DraftSaved struct {
	Revision int                `json:"revision"`
	Problems []workflow.Problem `json:"problems"`
}

// Validation is what is wrong with a definition.
type Validation struct {
	Problems []workflow.Problem `json:"problems"`
}

// ValidationOrder asks to check a definition; without one the draft.
type ValidationOrder struct {
	Definition json.RawMessage `json:"definition,omitempty"`
}

func (s *Server) putDraft(r *http.Request) (*answer, error) {
	rev, err := revision(r)
	if err != nil {
		return nil, err
	}
	var in DraftEdit
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if len(in.Definition) == 0 {
		return nil, fault.New(fault.Invalid, "definition is missing")
	}
	if err := definitionShape(in.Definition); err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	draft, err := s.Store.SaveDraft(r.Context(), h.ID, in.Definition, rev)
	if err != nil {
		return nil, err
	}
	_, problems, err := s.Publisher.CheckWorkflow(r.Context(), h, in.Definition)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, header: map[string]string{"ETag": etag(draft.Revision)},
		body: DraftSaved{draft.Revision, listed(problems)}}, nil
}

func (s *Server) validate(r *http.Request) (*answer, error) {
	var in ValidationOrder
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if err := object("definition", &in.Definition); err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	if len(in.Definition) == 0 {
		draft, err := s.Store.Draft(r.Context(), h.ID)
		if err != nil {
			return nil, err
		}
		in.Definition = draft.Definition
	}
	_, problems, err := s.Publisher.CheckWorkflow(r.Context(), h, in.Definition)
	if err != nil {
		return nil, err
	}
	return ok(Validation{listed(problems)})
}

func (s *Server) enable(r *http.Request) (*answer, error)  { return s.setEnabled(r, true) }
func (s *Server) disable(r *http.Request) (*answer, error) { return s.setEnabled(r, false) }

func (s *Server) setEnabled(r *http.Request, on bool) (*answer, error) {
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	if on && h.ActiveVersion == 0 {
		return nil, fault.New(fault.Conflict, "the workflow has no active version: publish it first")
	}
	if h.Enabled != on {
		if h, err = s.Store.SetEnabled(r.Context(), h.ID, on); err != nil {
			return nil, err
		}
	}
	if err := s.Publisher.Reschedule(r.Context(), h); err != nil { // also when nothing changed: an earlier try may have broken off here
		return nil, err
	}
	c, err := s.Store.WorkflowCounters(r.Context(), h.ID)
	if err != nil {
		return nil, err
	}
	return ok(s.summary(h, c))
}
