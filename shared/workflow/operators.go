package workflow

// ValueKind says what value an operator takes.
type ValueKind string

// The kinds of operator values.
const (
	ValueNone     ValueKind = "none"
	ValueAnyOf    ValueKind = "anyOf" // text, number, bool or a list of them
	ValueList     ValueKind = "list"
	ValuePattern  ValueKind = "pattern" // RE2
	ValueNumber   ValueKind = "number"
	ValueRange    ValueKind = "range" // [low, high]
	ValueTime     ValueKind = "time"  // RFC 3339
	ValueDuration ValueKind = "duration"
	ValueHours    ValueKind = "hours"
)

// Operator is one row of the operator table.
type Operator struct {
	Name      string      `json:"name"`
	Title     string      `json:"title"`
	Available bool        `json:"available"`
	Value     ValueKind   `json:"value"`
	Fields    []FieldType `json:"fields"`    // types it may be used on; any is always among them
	OnMissing bool        `json:"onMissing"` // the verdict when the field is missing
	Negates   string      `json:"negates,omitempty"`
	MatchCase bool        `json:"matchCase"` // takes matchCase
	Optional  bool        `json:"optional"`  // field (then event.time) and value (then the desk's hours) may be left out
}

var (
	scalars  = []FieldType{Text, Number, Bool, List, Any}
	all      = []FieldType{Text, Number, Bool, Time, List, Any}
	texts    = []FieldType{Text, List, Any}
	listOnly = []FieldType{List, Any}
	numbers  = []FieldType{Number, Any}
	times    = []FieldType{Time, Any}
	bools    = []FieldType{Bool, Any}
)

var operators = []Operator{
	{Name: "is", Title: "is", Available: true, Value: ValueAnyOf, Fields: scalars, MatchCase: true},
	{Name: "is_not", Title: "is not", Available: true, Value: ValueAnyOf, Fields: scalars, OnMissing: true, Negates: "is", MatchCase: true},
	{Name: "contains", Title: "contains", Available: true, Value: ValueAnyOf, Fields: texts, MatchCase: true},
	{Name: "not_contains", Title: "does not contain", Available: true, Value: ValueAnyOf, Fields: texts, OnMissing: true, Negates: "contains", MatchCase: true},
	{Name: "starts_with", Title: "starts with", Available: true, Value: ValueAnyOf, Fields: texts, MatchCase: true},
	{Name: "ends_with", Title: "ends with", Available: true, Value: ValueAnyOf, Fields: texts, MatchCase: true},
	{Name: "in", Title: "is one of", Available: true, Value: ValueList, Fields: scalars, MatchCase: true},
	{Name: "not_in", Title: "is none of", Available: true, Value: ValueList, Fields: scalars, OnMissing: true, Negates: "in", MatchCase: true},
	{Name: "matches", Title: "matches the pattern", Available: true, Value: ValuePattern, Fields: texts, MatchCase: true},
	{Name: "is_empty", Title: "is empty", Available: true, Value: ValueNone, Fields: all, OnMissing: true},
	{Name: "is_not_empty", Title: "is not empty", Available: true, Value: ValueNone, Fields: all, Negates: "is_empty"},
	{Name: "gt", Title: "is greater than", Available: true, Value: ValueNumber, Fields: numbers},
	{Name: "gte", Title: "is at least", Available: true, Value: ValueNumber, Fields: numbers},
	{Name: "lt", Title: "is less than", Available: true, Value: ValueNumber, Fields: numbers},
	{Name: "lte", Title: "is at most", Available: true, Value: ValueNumber, Fields: numbers},
	{Name: "between", Title: "is between", Available: true, Value: ValueRange, Fields: numbers},
	{Name: "before", Title: "is before", Available: true, Value: ValueTime, Fields: times},
	{Name: "after", Title: "is after", Available: true, Value: ValueTime, Fields: times},
	{Name: "older_than", Title: "is longer ago than", Available: true, Value: ValueDuration, Fields: times},
	{Name: "within_last", Title: "is within the last", Available: true, Value: ValueDuration, Fields: times},
	{Name: "has_any", Title: "has any of", Available: true, Value: ValueList, Fields: listOnly, MatchCase: true},
	{Name: "has_all", Title: "has all of", Available: true, Value: ValueList, Fields: listOnly, MatchCase: true},
	{Name: "has_none", Title: "has none of", Available: true, Value: ValueList, Fields: listOnly, OnMissing: true, Negates: "has_any", MatchCase: true},
	{Name: "is_true", Title: "is true", Available: true, Value: ValueNone, Fields: bools},
	{Name: "is_false", Title: "is false", Available: true, Value: ValueNone, Fields: bools, OnMissing: true},
	{Name: "within_hours", Title: "is within hours", Available: true, Value: ValueHours, Fields: times, Optional: true},
	{Name: "outside_hours", Title: "is outside hours", Available: true, Value: ValueHours, Fields: times, Optional: true},
}
