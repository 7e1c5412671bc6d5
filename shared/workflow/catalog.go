package workflow

import "strings"

// Catalog is the vocabulary of definitions: everything a trigger, a node, a condition or a
// template may name. check and compile decide by it; GET /catalog serves it as it is.
type Catalog struct {
	Triggers  []TriggerKind `json:"triggers"`
	Nodes     []NodeKind    `json:"nodes"`
	Operators []Operator    `json:"operators"`
	Fields    []Field       `json:"fields"`
	Filters   []Filter      `json:"filters"`
	CancelOn  []string      `json:"cancelOn"` // event types that a wait may listen to
	Limits    CatalogLimits `json:"limits"`
}

// CatalogLimits are the limits an editor shows.
type CatalogLimits struct {
	Nodes       int    `json:"nodes"`
	Bytes       int    `json:"bytes"`
	Cases       int    `json:"cases"`
	MaxWait     string `json:"maxWait"`
	MaxTimeout  string `json:"maxTimeout"`
	MaxRetries  int    `json:"maxRetries"`
	IDPattern   string `json:"idPattern"`
	ReservedIDs any    `json:"reservedIds"`
	Stickies    int    `json:"stickies"`
	StickyText  int    `json:"stickyText"` // characters
}

// Presence says whether a trigger gives an entity.
type Presence string

// Presence of an entity; a missing entry means never.
const (
	Always    Presence = "always"
	Sometimes Presence = "sometimes" // "if linked", "if by mail"
)

// The entities a run can see besides event, workflow and run.
const (
	EntityMessage      = "message"
	EntityConversation = "conversation"
	EntityContact      = "contact"
	EntityTicket       = "ticket"
	EntityDetail       = "detail"
)

// TriggerKind is one row of the trigger table.
type TriggerKind struct {
	Type        string              `json:"type"`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Available   bool                `json:"available"` // false: known, not in this version
	Params      []Param             `json:"params"`
	Gives       map[string]Presence `json:"gives"`
	When        map[string]string   `json:"when"` // entity → the condition in words, where Gives says sometimes
}

// NodeKind is one row of the node table.
type NodeKind struct {
	Type           string   `json:"type"`
	Title          string   `json:"title"`
	Description    string   `json:"description"`
	Group          string   `json:"group"` // heading in the editor's palette
	Available      bool     `json:"available"`
	Function       string   `json:"function"` // act or reach; "" when Step Functions does it alone
	Params         []Param  `json:"params"`
	ExactlyOne     []string `json:"exactlyOne,omitempty"` // of these params
	AtLeastOne     []string `json:"atLeastOne,omitempty"`
	Outputs        []string `json:"outputs"`      // fixed outputs without error; a branch's cases come before them
	EdgeRequired   bool     `json:"edgeRequired"` // every output needs an edge
	Values         []Value  `json:"values"`       // what steps.<id> holds
	ValuesFrom     string   `json:"valuesFrom,omitempty"`
	Needs          []string `json:"needs"`   // entities it acts on
	Changes        []string `json:"changes"` // entities it answers with
	CanError       bool     `json:"canError"`
	CanRetry       bool     `json:"canRetry"`
	CanTimeout     bool     `json:"canTimeout"`
	CanDisable     bool     `json:"canDisable"`
	DefaultTimeout string   `json:"defaultTimeout,omitempty"`
	MaxTimeout     string   `json:"maxTimeout,omitempty"` // when it is shorter than that of all actions; then the function is told the timeout
	Context        bool     `json:"-"`                    // its task gets message and contact texts: the ai.* nodes
}

// ParamKind says what a param holds and how it is checked, edited and compiled.
type ParamKind string

// The kinds.
const (
	KindText         ParamKind = "text"         // literal text, no templates
	KindTemplate     ParamKind = "template"     // text with {{ }}
	KindMarkdown     ParamKind = "markdown"     // Markdown with {{ }}; values are escaped when it is sent
	KindTemplateList ParamKind = "templateList" // list of template
	KindAddresses    ParamKind = "addresses"    // one template or a list of them, giving e-mail addresses
	KindTextList     ParamKind = "textList"     // list of literal text
	KindEnum         ParamKind = "enum"
	KindPerson       ParamKind = "person"     // exactly one of email, user, group, managerOf
	KindPersonList   ParamKind = "personList" // at least one
	KindDuration     ParamKind = "duration"
	KindDurationList ParamKind = "durationList"
	KindTime         ParamKind = "time" // RFC 3339 with offset, or a template that gives it
	KindBool         ParamKind = "bool"
	KindInteger      ParamKind = "integer"
	KindValueMap     ParamKind = "valueMap" // object whose texts, at any depth, are templates
	KindFieldMap     ParamKind = "fieldMap" // name → one of Enum
	KindCases        ParamKind = "cases"    // [{id, name?, when}]
	KindCancelOn     ParamKind = "cancelOn" // [{type, when?}]
	KindEscalation   ParamKind = "escalation"
	KindInbox        ParamKind = "inbox" // slug, or a template that gives it
	KindGroup        ParamKind = "group"
	KindUser         ParamKind = "user" // e-mail address of a person who works here
	KindWorkflow     ParamKind = "workflow"
	KindJSON         ParamKind = "json" // any value whose texts, at any depth, are templates
	KindSchedule     ParamKind = "schedule"
	KindTimezone     ParamKind = "timezone"
)

// Param is one parameter of a node or trigger.
type Param struct {
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Kind     ParamKind `json:"kind"`
	Required bool      `json:"required"`
	Enum     []string  `json:"enum,omitempty"`
	Default  any       `json:"default,omitempty"`
	Min      int       `json:"min,omitempty"`
	Max      int       `json:"max,omitempty"` // of an integer; of a text its characters; of a list its items
	Help     string    `json:"help,omitempty"`
	Header   bool      `json:"-"` // goes into a mail header: line breaks are taken out
	Address  bool      `json:"-"`
	URL      bool      `json:"-"` // a URL: values in it are percent-encoded, but for one that it begins with
}

// Value is one member of steps.<id>.
type Value struct {
	Name  string    `json:"name"`
	Type  FieldType `json:"type"`
	Title string    `json:"title"`
}

// FieldType is the type of a field or value.
type FieldType string

// The types. Any is decided at run time: detail.*, steps.*, vars.*, contact.attributes.*.
const (
	Text   FieldType = "text"
	Number FieldType = "number"
	Bool   FieldType = "bool"
	Time   FieldType = "time" // RFC 3339 text
	List   FieldType = "list" // of text
	Any    FieldType = "any"
)

// Field is something a condition tests or a template shows. A path that ends in * stands
// for any path below it.
type Field struct {
	Path     string    `json:"path"`
	Type     FieldType `json:"type"`
	Enum     []string  `json:"enum,omitempty"`
	Title    string    `json:"title"`
	Entity   string    `json:"entity"`   // the entity the trigger must give; "" for event, workflow, run, steps, vars
	Optional bool      `json:"optional"` // may be missing although the entity is there
}

// Filter is a template filter.
type Filter struct {
	Name    string `json:"name"`
	Arg     string `json:"arg"` // none, optional, required
	ArgKind string `json:"argKind,omitempty"`
	Help    string `json:"help"`
	Example string `json:"example"`
}

// TheCatalog is the vocabulary of this version. It is never changed at run time.
var TheCatalog = &Catalog{
	Triggers:  triggerKinds,
	Nodes:     concat(conversationNodes, mailNodes, ticketNodes, peopleNodes, aiNodes, flowNodes, outsideNodes),
	Operators: operators,
	Fields:    fields,
	Filters:   filters,
	CancelOn:  []string{"message.received", "message.sent", "conversation.tagged", "conversation.assigned", "conversation.closed", "ticket.created", "ticket.status_changed"},
	Limits: CatalogLimits{Nodes: MaxNodes, Bytes: MaxSize, Cases: MaxCases, MaxWait: FormatDuration(MaxWait), MaxTimeout: FormatDuration(MaxTimeout),
		MaxRetries: MaxRetries, IDPattern: "[a-z][a-z0-9_]{0,39}", ReservedIDs: Reserved, Stickies: MaxStickies, StickyText: MaxStickyLength},
}

func concat(tables ...[]NodeKind) []NodeKind {
	var all []NodeKind
	for _, t := range tables {
		all = append(all, t...)
	}
	for i := range all {
		k := &all[i]
		if k.Outputs == nil {
			k.Outputs = []string{}
		}
		if k.Values == nil {
			k.Values = []Value{}
		}
		if k.Needs == nil {
			k.Needs = []string{}
		}
		if k.Changes == nil {
			k.Changes = []string{}
		}
		if k.Params == nil {
			k.Params = []Param{}
		}
	}
	return all
}

// Trigger finds a trigger type.
func (c *Catalog) Trigger(typ string) (*TriggerKind, bool) {
	for i := range c.Triggers {
		if c.Triggers[i].Type == typ {
			return &c.Triggers[i], true
		}
	}
	return nil, false
}

// Node finds a node type.
func (c *Catalog) Node(typ string) (*NodeKind, bool) {
	for i := range c.Nodes {
		if c.Nodes[i].Type == typ {
			return &c.Nodes[i], true
		}
	}
	return nil, false
}

// Operator finds an operator.
func (c *Catalog) Operator(name string) (*Operator, bool) {
	for i := range c.Operators {
		if c.Operators[i].Name == name {
			return &c.Operators[i], true
		}
	}
	return nil, false
}

// Filter finds a template filter.
func (c *Catalog) Filter(name string) (*Filter, bool) {
	for i := range c.Filters {
		if c.Filters[i].Name == name {
			return &c.Filters[i], true
		}
	}
	return nil, false
}

// Field finds the field that a path names: its own row, or the row of a * at or above it
// (contact.attributes itself is the object of all attributes).
func (c *Catalog) Field(p Path) (*Field, bool) {
	name := strings.Join(p, ".")
	for i := range c.Fields {
		f := &c.Fields[i]
		if base, open := strings.CutSuffix(f.Path, "*"); open {
			if strings.HasPrefix(name+".", base) {
				return f, true
			}
		} else if f.Path == name {
			return f, true
		}
	}
	return nil, false
}

// Param finds a param of a node kind.
func (k *NodeKind) Param(name string) (*Param, bool) { return findParam(k.Params, name) }

// Param finds a param of a trigger kind.
func (k *TriggerKind) Param(name string) (*Param, bool) { return findParam(k.Params, name) }

func findParam(params []Param, name string) (*Param, bool) {
	for i := range params {
		if params[i].Name == name {
			return &params[i], true
		}
	}
	return nil, false
}

// IsAction tells whether nodes of the kind are calls of a function with one result: all but
// branch, set, wait, approval and end.
func (k *NodeKind) IsAction() bool { return k.CanError }
