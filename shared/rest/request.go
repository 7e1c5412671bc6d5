package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/store"
)

// maxBody bounds a request's body; API Gateway allows 10 MB.
const maxBody = 1 << 20

// read decodes the JSON body into v and names what is wrong with it. An empty body is
// an empty object.
func read(r *http.Request, v any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err = dec.Decode(v)
	if err == nil && dec.More() {
		return fault.New(fault.Invalid, "the body has more than one JSON value")
	}
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return fault.New(fault.Invalid, "field %q is a %s; it should be a %s", kind.Field, kind.Value, kindName(kind.Type.String()))
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return fault.New(fault.Invalid, "field %s is not known here", strings.TrimPrefix(err.Error(), "json: unknown field "))
	}
	return fault.New(fault.Invalid, "the body is not JSON: %s", err)
}

func kindName(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "list"
	case strings.HasPrefix(goType, "map"), strings.Contains(goType, "struct"), strings.Contains(goType, "."):
		return "object"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "float"):
		return "number"
	}
	return strings.TrimPrefix(goType, "*")
}

// query reads query parameters, and refuses those that the route does not know.
type query struct {
	values url.Values
	err    error
}

func queryOf(r *http.Request, known ...string) *query {
	q := &query{values: r.URL.Query()}
	for name := range q.values {
		if !slices.Contains(known, name) {
			q.fail("query parameter %q is not known here; there are %s", name, strings.Join(known, ", "))
		}
	}
	return q
}

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = fault.New(fault.Invalid, format, args...)
	}
}

func (q *query) text(name string) string { return strings.TrimSpace(q.values.Get(name)) }

func (q *query) number(name string) int {
	s := q.text(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		q.fail("%s is %q: it is a number from 1", name, s)
	}
	return n
}

func (q *query) flag(name string) *bool {
	switch s := q.text(name); s {
	case "":
	case "true", "false":
		b := s == "true"
		return &b
	default:
		q.fail("%s is %q: it is true or false", name, s)
	}
	return nil
}

func (q *query) time(name string) time.Time {
	s := q.text(name)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, strings.ReplaceAll(s, " ", "+")); err == nil {
			return t.UTC()
		}
	}
	q.fail("%s is %q: it is a time in RFC 3339, as 2026-11-30T09:00:00Z, or a date", name, s)
	return time.Time{}
}

func (q *query) oneOf(name string, values ...string) string {
	s := q.text(name)
	if s != "" && !slices.Contains(values, s) {
		q.fail("%s is %q: it is one of %s", name, s, strings.Join(values, ", "))
	}
	return s
}

// page reads limit and cursor.
func (q *query) page() store.Page {
	p := store.Page{Cursor: q.text("cursor")}
	if q.text("limit") != "" {
		p.Limit = q.number("limit")
		if p.Limit > 100 {
			q.fail("limit is %d: it is at most 100", p.Limit)
		}
	}
	return p
}

// list is a page of a list.
type list struct {
	Items      any     `json:"items"`
	NextCursor *string `json:"nextCursor"`
}

func listOf(items any, next string) list {
	l := list{Items: items}
	if next != "" {
		l.NextCursor = &next
	}
	return l
}

// revision reads If-Match: "<revision>", quotes optional; without it 428 (RFC 6585).
func revision(r *http.Request) (int, error) {
	tag := strings.TrimSpace(r.Header.Get("If-Match"))
	if tag == "" {
		return 0, &httpError{http.StatusPreconditionRequired, "say with If-Match which revision of the draft you have seen: it is in draft.revision and in the ETag"}
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`))
	if err != nil {
		return 0, fault.New(fault.Stale, "If-Match is %s: it is the number in draft.revision", tag)
	}
	return n, nil
}

// bounded trims a text and refuses one that is too long.
func bounded(name, s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	if n := len([]rune(s)); n > limit {
		return "", fault.New(fault.Invalid, "%s has %d characters; at most %d are kept", name, n, limit)
	}
	return s, nil
}

func required(name, s string, limit int) (string, error) {
	s, err := bounded(name, s, limit)
	if err == nil && s == "" {
		err = fault.New(fault.Invalid, "%s is missing", name)
	}
	return s, err
}
