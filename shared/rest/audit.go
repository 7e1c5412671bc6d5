package rest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
)

type changeKey struct{}

// change is what a handler may say of its change for the audit log; what it does not say
// is taken from the request.
type change struct {
	body    []byte
	id      string
	summary string
}

// changed lets a handler name what it changed.
func changed(r *http.Request, id, summary string) {
	if c, ok := r.Context().Value(changeKey{}).(*change); ok {
		c.id, c.summary = id, summary
	}
}

// record notes a change that was made. The change stands when the note cannot be kept;
// then the function's log has it.
func (s *Server) record(rt route, r *http.Request, out reply) {
	note, _ := r.Context().Value(changeKey{}).(*change)
	c := callerOf(r)
	entryID := s.NewID(id.Audit)
	kind, _, _ := strings.Cut(rt.action, ".")
	e := audit.Entry{ID: entryID, At: id.Time(entryID), Who: c.who, Role: c.roleName(), Action: rt.action,
		What: audit.What{Kind: kind, ID: note.id}, Summary: note.summary}
	where := out.header["Location"]
	for _, name := range []string{r.PathValue("id"), r.PathValue("slug"), where[strings.LastIndex(where, "/")+1:], kind} {
		if e.What.ID == "" {
			e.What.ID = name
		}
	}
	if e.Summary == "" {
		e.Summary = summary(note.body)
	}
	if n := r.PathValue("n"); n != "" {
		e.Summary = strings.TrimSuffix("version "+n+"; "+e.Summary, "; ")
	}
	if err := s.Store.PutAudit(r.Context(), e); err != nil {
		slog.ErrorContext(r.Context(), "the audit log misses an entry", "entryId", e.ID, "action", e.Action, "kind", e.What.Kind, "id", e.What.ID, "error", err)
	}
}

// telling are the members whose values are the desk's own words, never a customer's.
var telling = []string{"status", "priority", "group", "inbox", "assignee", "automation", "timezone", "mode", "decision", "activate", "template"}

// summary names the members of the request.
func summary(body []byte) string {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		switch v := m[name].(type) {
		case string, bool:
			if slices.Contains(telling, name) {
				parts = append(parts, name+" "+cut(fmt.Sprint(v), 80))
				continue
			}
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

func (s *Server) listAudit(r *http.Request) (*answer, error) {
	q := queryOf(r, "who", "action", "kind", "id", "from", "to", "limit", "cursor")
	f := audit.Filter{Who: strings.ToLower(q.text("who")), Action: q.text("action"), Kind: q.text("kind"), ID: q.text("id")}
	p := q.page()
	var empty bool
	f.From, f.To, empty = q.span()
	if q.err != nil {
		return nil, q.err
	}
	if f.ID != "" && f.Kind == "" {
		return nil, fault.New(fault.Invalid, "id goes with kind, as kind=workflow&id=wf_…")
	}
	if empty {
		return ok(listOf([]audit.Entry{}, ""))
	}
	items, next, err := s.Store.Audit(r.Context(), f, p)
	if err != nil {
		return nil, err
	}
	return ok(listOf(items, next))
}
