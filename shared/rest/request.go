package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/store"
)

// maxBody bounds a request's body; API Gateway allows 10 MB.
const maxBody = 1 << 20

// read decodes the JSON body, which must be an object, into v, and names what is wrong
// with it. An empty body is an empty object.
func read(r *http.Request, v any) error { return readClearing(r, v) }

// readClearing is read of a PATCH: null clears a field that is named, and leaves others
// as they are.
func readClearing(r *http.Request, v any, clears ...string) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		data = []byte("{}")
	}
	if !utf8.Valid(data) {
		return fault.New(fault.Invalid, "the body is not UTF-8")
	}
	if !json.Valid(data) {
		return fault.New(fault.Invalid, "the body is not JSON: %s", syntax(data))
	}
	if data[0] != '{' {
		return fault.New(fault.Invalid, "the body is a JSON %s; it should be an object", kindOf(data))
	}
	if data, err = cleared(data, clears); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err = dec.Decode(v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return fault.New(fault.Invalid, "field %q is a %s; it should be %s", fieldName(kind.Field), plainKind(kind.Value), kindName(kind.Type))
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return fault.New(fault.Invalid, "field %s is not known here", strings.TrimPrefix(err.Error(), "json: unknown field "))
	}
	return fault.New(fault.Invalid, "the body cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// cleared puts an empty text where one of the fields is null.
func cleared(data []byte, fields []string) ([]byte, error) {
	if len(fields) == 0 {
		return data, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for _, name := range fields {
		if string(members[name]) == "null" {
			members[name] = json.RawMessage(`""`)
		}
	}
	return json.Marshal(members)
}

func syntax(data []byte) string {
	var v any
	err := json.Unmarshal(data, &v)
	var at *json.SyntaxError
	if errors.As(err, &at) {
		return fmt.Sprintf("%s at byte %d", at.Error(), at.Offset)
	}
	return "it cannot be read"
}

// kindOf names a JSON value by its first byte.
func kindOf(data []byte) string {
	switch data[0] {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}

func plainKind(value string) string {
	value, _, _ = strings.Cut(value, " ")
	if value == "array" {
		return "list"
	}
	return value
}

// fieldName takes the names of embedded Go structs out of a field's path.
func fieldName(path string) string {
	parts := strings.Split(path, ".")
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p != "" && p[0] >= 'A' && p[0] <= 'Z' }), ".")
}

func kindName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Bool:
		return "a bool"
	case reflect.String:
		return "a string"
	}
	return "a number"
}

// object refuses a member that is there and is no JSON object; null counts as not there.
func object(name string, raw *json.RawMessage) error {
	data := bytes.TrimSpace(*raw)
	switch {
	case len(data) == 0 || string(data) == "null":
		*raw = nil
	case data[0] != '{':
		return fault.New(fault.Invalid, "field %q is a %s; it should be an object", name, kindOf(data))
	}
	return nil
}

// query reads query parameters, and refuses those that the route does not know.
type query struct {
	values url.Values
	err    error
}

func queryOf(r *http.Request, known ...string) *query {
	q := &query{values: r.URL.Query()}
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if !slices.Contains(known, name) {
			q.fail("query parameter %q is not known here; there are %s", cut(name, 80), strings.Join(known, ", "))
		}
		if n := len(q.values.Get(name)); n > maxValue && name != "cursor" {
			q.fail("%s has %d bytes: it has at most %d", name, n, maxValue)
		}
	}
	return q
}

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = fault.New(fault.Invalid, format, args...)
	}
}

// maxValue bounds a query parameter but the cursor: values become parts of keys.
const maxValue = 320

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

// span reads from (inclusive) and to (exclusive); empty tells that nothing can lie between.
func (q *query) span() (from, to time.Time, empty bool) {
	from, to = q.time("from"), q.time("to")
	if !from.IsZero() && !to.IsZero() {
		if from.After(to) {
			q.fail("from is after to")
		}
		empty = from.Equal(to)
	}
	return from, to, empty
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

func listOf(items any, next string) list { return list{Items: items, NextCursor: cursor(next)} }

// cursor is null on the last page.
func cursor(next string) *string {
	if next == "" {
		return nil
	}
	return &next
}

// pageOf cuts a page out of a list that is in memory and sorted by key, descending or
// not. The cursor holds the last key, so that what comes and goes moves nothing else.
func pageOf[T any](all []T, p store.Page, name string, descending bool, key func(T) string) ([]T, string, error) {
	bound := func(k string) string { return base64.RawURLEncoding.EncodeToString([]byte(name + "\x00" + k)) }
	if p.Cursor != "" {
		data, err := base64.RawURLEncoding.Strict().DecodeString(p.Cursor)
		last, ours := strings.CutPrefix(string(data), name+"\x00")
		if err != nil || !ours || last == "" {
			return nil, "", fault.New(fault.Invalid, "the cursor is damaged or belongs to another list; ask for the first page without a cursor")
		}
		all = slices.DeleteFunc(slices.Clone(all), func(x T) bool {
			return descending && key(x) >= last || !descending && key(x) <= last
		})
	}
	limit := p.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	if len(all) <= limit {
		return append([]T{}, all...), "", nil
	}
	return all[:limit], bound(key(all[limit-1])), nil
}

// defaultLimit is the length of a page when the request does not say.
const defaultLimit = 25

// revision reads If-Match: "<revision>", quotes optional; without it 428 (RFC 6585).
func revision(r *http.Request) (int, error) {
	tag := strings.TrimSpace(r.Header.Get("If-Match"))
	if tag == "" {
		return 0, &httpError{status: http.StatusPreconditionRequired, detail: "say with If-Match which revision of the draft you have seen: it is in draft.revision and in the ETag"}
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
