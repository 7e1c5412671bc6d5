package rest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/dryrun"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// object of JSON.
type obj = map[string]any

// schemas makes JSON Schemas (2020-12, as OpenAPI 3.1 has them) of the Go types that the
// handlers read and write, so that they cannot tell different things.
type schemas struct {
	defs     obj
	types    map[string]reflect.Type
	requests map[reflect.Type]bool // bodies of requests: what is a pointer may be absent, what is not known is refused
}

// page stands for a page of a list whose items are of the type of the value.
type page struct{ of any }

// names of types whose Go name says too little outside of its package.
var names = map[reflect.Type]string{
	reflect.TypeFor[approval.Request](): "Approval", reflect.TypeFor[approval.Vote](): "ApprovalVote",
	reflect.TypeFor[event.Stored](): "Event", reflect.TypeFor[event.Event](): "EventEnvelope", reflect.TypeFor[event.Subject](): "EventSubject",
	reflect.TypeFor[event.Cause](): "EventCause", reflect.TypeFor[event.Snapshot](): "EventSnapshot", reflect.TypeFor[event.Failed](): "FailedCondition",
	reflect.TypeFor[run.Step](): "RunStep", reflect.TypeFor[run.StepError](): "StepError", reflect.TypeFor[run.Trigger](): "RunTrigger",
	reflect.TypeFor[run.Stats](): "Stats", reflect.TypeFor[run.Day](): "StatsDay", reflect.TypeFor[dryrun.Step](): "TestStep",
	reflect.TypeFor[audit.Entry](): "AuditEntry", reflect.TypeFor[audit.What](): "AuditSubject", reflect.TypeFor[failing.Settings](): "Failures", reflect.TypeFor[workflow.Problem](): "DefinitionProblem",
	reflect.TypeFor[workflow.Change](): "DiffChange", reflect.TypeFor[workflow.Param](): "CatalogParam", reflect.TypeFor[workflow.Value](): "CatalogValue",
	reflect.TypeFor[workflow.Field](): "CatalogField", reflect.TypeFor[workflow.Filter](): "CatalogFilter", reflect.TypeFor[workflow.Operator](): "CatalogOperator",
}

var enums = map[reflect.Type][]any{
	reflect.TypeFor[run.Status]():        {run.Running, run.Waiting, run.Paused, run.Succeeded, run.Failed, run.Stopped},
	reflect.TypeFor[approval.Status]():   {approval.Pending, approval.Approved, approval.Rejected, approval.TimedOut, approval.Withdrawn},
	reflect.TypeFor[workflow.Severity](): {workflow.Error, workflow.Warning},
	reflect.TypeFor[workflow.Presence](): {workflow.Always, workflow.Sometimes},
}

// members whose Go type says less than is known, by schema and member.
var members = map[string]obj{
	"Draft.definition":           {"type": "object", "description": "Definition, as far as it has come."},
	"DraftEdit.definition":       {"type": "object", "description": "Definition, as far as it has come."},
	"NewWorkflow.definition":     {"type": []any{"object", "null"}, "description": "Definition, as far as it has come."},
	"NewWorkflow.template":       {"type": "string", "description": "Id of one of GET /v1/templates; it gives name and description too."},
	"ValidationOrder.definition": {"type": []any{"object", "null"}, "description": "Definition; the draft when absent."},
	"TestOrder.definition":       {"type": []any{"object", "null"}, "description": "Definition; the version or the draft when absent."},
	"TestOrder.event":            {"type": []any{"object", "null"}, "description": "TestEvent: an envelope with message, conversation, contact, ticket and detail beside it; what GET /v1/events/{id} answers is one."},
	"TestOrder.steps":            {"type": "object", "additionalProperties": obj{"type": "object"}, "description": "By node id what steps.<node>.* would hold, or {\"error\": {\"code\", \"message\"}}."},
	"NewEvent.detail":            {"type": []any{"object", "null"}},
	"StartOrder.detail":          {"type": []any{"object", "null"}},
	"Version.definition":         {"$ref": "#/components/schemas/Definition"},
	"Version.asl":                {"type": "object", "description": "Amazon States Language that Step Functions runs."},
	"Template.definition":        {"$ref": "#/components/schemas/Definition"},
	"Match.reason": {"type": "string", "enum": []any{event.ReasonMatched, event.ReasonDisabled, event.ReasonConditions, event.ReasonDuplicate,
		event.ReasonOwnMail, event.ReasonDepth, event.ReasonRateCap}},
	"RetryOrder.mode":           {"type": "string", "enum": []any{"redrive", "restart"}},
	"Decision.decision":         {"type": "string", "enum": []any{"approve", "reject"}},
	"Conversation.status":       {"type": "string", "enum": []any{"open", "pending", "closed"}},
	"ConversationWhole.status":  {"type": "string", "enum": []any{"open", "pending", "closed"}},
	"ConversationEdit.status":   {"type": []any{"string", "null"}, "enum": []any{"open", "pending", "closed", nil}},
	"Ticket.status":             {"type": "string", "enum": []any{"open", "pending", "solved", "closed"}},
	"NewTicket.status":          {"type": "string", "enum": []any{"open", "pending", "solved", "closed"}},
	"TicketPatch.status":        {"type": []any{"string", "null"}, "enum": []any{"open", "pending", "solved", "closed", nil}},
	"ConversationEdit.priority": {"type": []any{"string", "null"}, "enum": []any{"low", "normal", "high", "urgent", nil}},
	"NewTicket.priority":        {"type": "string", "enum": []any{"low", "normal", "high", "urgent"}},
	"TicketPatch.priority":      {"type": []any{"string", "null"}, "enum": []any{"low", "normal", "high", "urgent", nil}},
	"Message.direction":         {"type": "string", "enum": []any{"in", "out"}},
	"Message.kind":              {"type": "string", "enum": []any{"human", "auto_reply", "bounce", "list"}},
	"Failures.switchOffAfter":   {"type": "integer", "minimum": 0, "maximum": failing.MaxSwitchOff, "description": "Failed runs in a row after which the workflow is disabled; absent or 0: never."},
	"Failures.notify":           {"$ref": "#/components/schemas/Person"},
	"Settings.failures":         {"$ref": "#/components/schemas/Failures", "description": "What happens when a workflow starts to fail; absent: nothing."},
	"Workflow.failures":         {"$ref": "#/components/schemas/Failures", "description": "In place of the desk's; absent: the desk's hold."},
	"SettingsEdit.failures":     {"anyOf": []any{obj{"$ref": "#/components/schemas/Failures"}, obj{"type": "null"}}, "description": "Null: nothing happens."},
	"WorkflowPatch.failures":    {"anyOf": []any{obj{"$ref": "#/components/schemas/Failures"}, obj{"type": "null"}}, "description": "In place of the desk's, as a whole: {} is neither told nor switched off. Null: the desk's again."},
	"Settings.automation":       {"type": "string", "enum": []any{"on", "off"}},
	"TestStep.simulated":        {"type": "string", "enum": []any{dryrun.Given, dryrun.Standin}},
	"ContactEdit.attributes":    {"type": []any{"object", "null"}, "description": "Merged; null removes one. Values are text, number, bool or lists of these."},
	"Contact.attributes":        {"type": "object"},
	"Me.role":                   {"type": "string", "enum": []any{"viewer", "approver", "editor", "admin"}},
	"Problem.problems":          {"type": "array", "items": obj{"$ref": "#/components/schemas/DefinitionProblem"}, "description": "Of a definition that cannot be published or tested."},
	"CatalogLimits.reservedIds": {"type": "array", "items": obj{"type": "string"}},
}

// of is the schema of a value's type: a reference when the type has a name.
func (s *schemas) of(v any) obj {
	if p, ok := v.(page); ok {
		item := s.of(p.of)
		return obj{"type": "object", "required": []any{"items", "nextCursor"}, "properties": obj{"items": obj{"type": "array", "items": item},
			"nextCursor": obj{"type": []any{"string", "null"}, "description": "For the next page; null on the last."}}}
	}
	return s.typ(reflect.TypeOf(v))
}

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

func (s *schemas) typ(t reflect.Type) obj {
	switch {
	case t == timeType:
		return obj{"type": "string", "format": "date-time"}
	case t == rawType:
		return obj{}
	case enums[t] != nil:
		return obj{"type": "string", "enum": enums[t]}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.typ(t.Elem()))
	case reflect.Struct:
		return s.named(t)
	case reflect.Slice, reflect.Array:
		return obj{"type": "array", "items": s.typ(t.Elem())}
	case reflect.Map:
		return obj{"type": "object", "additionalProperties": s.typ(t.Elem())}
	case reflect.String:
		return obj{"type": "string"}
	case reflect.Bool:
		return obj{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return obj{"type": "number"}
	case reflect.Interface:
		return obj{}
	}
	return obj{"type": "integer"}
}

func nullable(of obj) obj {
	if _, ref := of["$ref"]; ref {
		return obj{"anyOf": []any{of, obj{"type": "null"}}}
	}
	if one, ok := of["type"].(string); ok {
		of["type"] = []any{one, "null"}
	}
	return of
}

func (s *schemas) named(t reflect.Type) obj {
	name := names[t]
	if name == "" {
		name = t.Name()
	}
	ref := obj{"$ref": "#/components/schemas/" + name}
	if was, ok := s.types[name]; ok {
		if was != t {
			panic(fmt.Sprintf("rest: the schema %s would be of %s and of %s: name one of them", name, was, t))
		}
		return ref
	}
	s.types[name] = t
	properties, required := obj{}, []any{}
	fields := jsonFields(t)
	for _, f := range fields {
		schema := members[name+"."+f.name]
		if schema == nil {
			schema = s.typ(f.typ)
		}
		properties[f.name] = schema
		if !f.optional && !(s.requests[t] && f.typ.Kind() == reflect.Pointer) {
			required = append(required, f.name)
		}
	}
	def := obj{"type": "object", "properties": properties}
	if len(required) > 0 {
		def["required"] = required
	}
	if s.requests[t] {
		def["additionalProperties"] = false
	}
	s.defs[name] = def
	return ref
}

type jsonField struct {
	name     string
	typ      reflect.Type
	optional bool
	depth    int
}

// jsonFields are the members that encoding/json reads and writes of a struct, the
// shallowest of each name, in order.
func jsonFields(t reflect.Type) []jsonField {
	var all []jsonField
	var walk func(t reflect.Type, depth int)
	walk = func(t reflect.Type, depth int) {
		for i := range t.NumField() {
			f := t.Field(i)
			tag := f.Tag.Get("json")
			if tag == "-" || !f.IsExported() {
				continue
			}
			name, options, _ := strings.Cut(tag, ",")
			if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
				walk(f.Type, depth+1)
				continue
			}
			if name == "" {
				name = f.Name
			}
			optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
			typ := f.Type
			if optional && typ.Kind() == reflect.Pointer && typ.Elem() == timeType {
				typ = typ.Elem() // absent, never null
			}
			next := jsonField{name, typ, optional, depth}
			if i := slices.IndexFunc(all, func(o jsonField) bool { return o.name == name }); i >= 0 {
				if depth < all[i].depth {
					all[i] = next
				}
				continue
			}
			all = append(all, next)
		}
	}
	walk(t, 0)
	return all
}

// definitionSchema is that of a workflow definition that has no Problems of form; what the
// members mean is in GET /v1/catalog.
func definitionSchema() obj {
	types := func(names []string) []any {
		out := []any{}
		for _, n := range names {
			out = append(out, n)
		}
		return out
	}
	var triggers, nodes []string
	for _, k := range workflow.TheCatalog.Triggers {
		triggers = append(triggers, k.Type)
	}
	for _, k := range workflow.TheCatalog.Nodes {
		nodes = append(nodes, k.Type)
	}
	position := obj{"type": "object", "additionalProperties": true, "properties": obj{"x": obj{"type": "number"}, "y": obj{"type": "number"}}}
	id := obj{"type": "string", "pattern": "^" + workflow.TheCatalog.Limits.IDPattern + "$"}
	side := obj{"type": "number", "minimum": 0, "maximum": workflow.MaxStickySide}
	return obj{"type": "object", "description": "Workflow definition, version 1. Unknown members are kept.", "additionalProperties": true, "required": []any{"trigger", "nodes", "edges"},
		"properties": obj{
			"trigger": obj{"type": "object", "additionalProperties": true, "required": []any{"type"}, "properties": obj{"type": obj{"type": "string", "enum": types(triggers)},
				"params": obj{"type": "object"}, "conditions": obj{"type": "object"}, "position": position}},
			"nodes": obj{"type": "array", "maxItems": workflow.MaxNodes, "items": obj{"type": "object", "additionalProperties": true, "required": []any{"id", "type"}, "properties": obj{
				"id": id, "type": obj{"type": "string", "enum": types(nodes)}, "name": obj{"type": "string"}, "notes": obj{"type": "string"}, "position": position,
				"disabled": obj{"type": "boolean"}, "timeout": obj{"type": "string"}, "params": obj{"type": "object"},
				"retry": obj{"type": "object", "additionalProperties": true, "required": []any{"maxAttempts"}, "properties": obj{"maxAttempts": obj{"type": "integer", "minimum": 1, "maximum": workflow.MaxRetries},
					"interval": obj{"type": "string"}, "backoff": obj{"type": "number", "minimum": 1}}}}}},
			"stickies": obj{"type": "array", "maxItems": workflow.MaxStickies, "description": "Notes on the canvas; no run sees them.", "items": obj{"type": "object", "additionalProperties": true, "required": []any{"id", "text", "x", "y"}, "properties": obj{
				"id": id, "text": obj{"type": "string", "maxLength": workflow.MaxStickyLength}, "x": obj{"type": "number"}, "y": obj{"type": "number"},
				"width": side, "height": side, "color": obj{"type": "string", "enum": types(workflow.StickyColors)}}}},
			"edges": obj{"type": "array", "items": obj{"type": "object", "additionalProperties": true, "required": []any{"from", "to"}, "properties": obj{
				"from": obj{"type": "string"}, "output": obj{"type": "string", "default": workflow.OutputNext}, "to": id}}},
		}}
}
