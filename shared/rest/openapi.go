package rest

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/deskhand/deskhand/shared/failing"
)

// document is the OpenAPI 3.1 document: made once of the routes table, of operations, and
// of the Go types that the handlers read and write.
var document struct {
	once sync.Once
	data json.RawMessage
	err  error
}

// Document is the OpenAPI document as JSON.
func Document() (json.RawMessage, error) {
	document.once.Do(func() { document.data, document.err = marshal(openAPI((&Server{}).routes())) })
	return document.data, document.err
}

func (s *Server) openapi(*http.Request) (*answer, error) {
	data, err := Document()
	if err != nil {
		return nil, err
	}
	return ok(data)
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

func openAPI(routes []route) obj {
	s := &schemas{defs: obj{}, types: map[string]reflect.Type{}, requests: map[reflect.Type]bool{}}
	for _, op := range operations {
		if op.body != nil {
			s.requests[reflect.TypeOf(op.body)] = true
		}
	}
	paths := obj{}
	for _, rt := range routes {
		item, ok := paths[rt.path].(obj)
		if !ok {
			item = obj{}
			paths[rt.path] = item
		}
		item[strings.ToLower(rt.method)] = s.operation(rt)
	}
	s.of(Problem{})
	s.of(failing.Settings{})
	s.of(failing.Person{})
	s.of(TestEvent{})
	s.defs["Definition"] = definitionSchema()
	return obj{
		"openapi": "3.1.0",
		"info": obj{"title": "Deskhand", "version": "1", "description": "Support desk and its workflows. Errors are application/problem+json (RFC 9457); " +
			"API Gateway's own 401, 413, 429 and 503 are {\"message\"}. A role includes those before it: viewer, approver, editor, admin."},
		"servers": []any{obj{"url": "/"}},
		"paths":   paths,
		"components": obj{
			"schemas": s.defs,
			"securitySchemes": obj{"oidc": obj{"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
				"description": "People carry email and the role claim, machines the scope deskhand/<role>; issuer and client are in GET /v1/config."}},
			"responses": obj{"Problem": obj{"description": "What is wrong and what to do", "content": content("application/problem+json", obj{"$ref": "#/components/schemas/Problem"})}},
		},
	}
}

func content(kind string, schema obj) obj { return obj{kind: obj{"schema": schema}} }

func (s *schemas) operation(rt route) obj {
	op := operations[rt.method+" "+rt.path]
	if op.answer == 0 { // a route that nobody has described yet
		op = operation{summary: rt.method + " " + rt.path, answer: http.StatusOK, gives: map[string]any{}}
	}
	tag, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(rt.path, "/v1"), "/"), "/")
	out := obj{"operationId": operationID(rt), "summary": op.summary, "tags": []any{tag},
		"x-role": roleNames[rt.role], "security": []any{}, "responses": s.responses(rt, op)}
	if rt.role != public {
		out["security"] = []any{obj{"oidc": []any{roleNames[rt.role]}}}
		out["description"] = "Role " + roleNames[rt.role] + "."
	}
	if params := s.parameters(rt, op); len(params) > 0 {
		out["parameters"] = params
	}
	if op.body != nil {
		media := obj{"schema": s.of(op.body)}
		if op.example != "" {
			media["example"] = json.RawMessage(op.example)
		}
		out["requestBody"] = obj{"required": op.needs, "content": obj{"application/json": media}}
	}
	return out
}

func (s *schemas) parameters(rt route, op operation) []any {
	var out []any
	for _, m := range pathParameter.FindAllStringSubmatch(rt.path, -1) {
		schema := obj{"type": "string"}
		if m[1] == "n" {
			schema = obj{"type": "integer", "minimum": 1}
		}
		out = append(out, obj{"name": m[1], "in": "path", "required": true, "schema": schema})
	}
	for _, name := range op.query {
		p := obj{"name": name, "in": "query"}
		for k, v := range parameters[name] {
			p[k] = v
		}
		out = append(out, p)
	}
	if op.ifMatch {
		out = append(out, obj{"name": "If-Match", "in": "header", "required": true, "schema": obj{"type": "string"}, "description": "Revision of the draft, quotes optional."})
	}
	if rt.method == http.MethodPost {
		out = append(out, obj{"name": "Idempotency-Key", "in": "header", "schema": obj{"type": "string", "maxLength": maxKey},
			"description": "The same key with the same request gives the same answer for 24 hours, without doing it again."})
	}
	return out
}

func (s *schemas) responses(rt route, op operation) obj {
	out := obj{"default": obj{"$ref": "#/components/responses/Problem"}}
	for _, status := range append([]int{op.answer}, op.also...) {
		r := obj{"description": http.StatusText(status)}
		if op.gives != nil && status != http.StatusNoContent && status != http.StatusFound {
			r["content"] = content("application/json", s.of(op.gives))
		}
		if status == http.StatusFound || status == http.StatusCreated {
			r["headers"] = obj{"Location": obj{"schema": obj{"type": "string"}}}
		}
		out[strconv.Itoa(status)] = r
	}
	problems := slices.Clone(op.problems)
	if rt.role != public {
		problems = append(problems, http.StatusForbidden)
	}
	if strings.Contains(rt.path, "{") {
		problems = append(problems, http.StatusNotFound)
	}
	if op.body != nil || op.query != nil || op.ifMatch {
		problems = append(problems, http.StatusBadRequest)
	}
	if rt.method != http.MethodGet {
		problems = append(problems, http.StatusRequestEntityTooLarge)
	}
	if rt.method == http.MethodPost {
		problems = append(problems, http.StatusConflict, http.StatusUnprocessableEntity)
	}
	if op.ifMatch {
		problems = append(problems, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	for _, status := range problems {
		out[strconv.Itoa(status)] = obj{"$ref": "#/components/responses/Problem"}
	}
	return out
}

// operationID is the method and the path as one name: getWorkflowsIdVersions.
func operationID(rt route) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(rt.method))
	for _, part := range strings.FieldsFunc(strings.TrimPrefix(rt.path, "/v1"), func(c rune) bool { return c == '/' || c == '{' || c == '}' || c == '.' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
