package asl

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Validate finds everything that is wrong with the machine; the order is that of the
// definition. A machine without an ERROR can be created and run.
func Validate(m *Machine) []Diagnostic {
	v := &validator{m: m}
	v.found = append(v.found, m.problems...)
	v.machine()
	return v.found
}

type validator struct {
	report
	m *Machine
}

func (v *validator) machine() {
	var missing []string
	if v.m.States == nil {
		missing = append(missing, "States")
	}
	if v.m.StartAt == "" {
		missing = append(missing, "StartAt")
	}
	if missing != nil {
		v.schema("/", "These fields are required: [%s]", strings.Join(missing, ", "))
	}
	v.language("/QueryLanguage", v.m.QueryLanguage)
	if v.m.TimeoutSeconds < 0 || v.m.TimeoutSeconds > MaxSeconds {
		v.schema("/TimeoutSeconds", "The field 'TimeoutSeconds' should be an integer from 1 to %d", MaxSeconds)
	}
	if v.m.States == nil {
		return
	}
	if len(v.m.States) == 0 {
		v.schema("/States", "The field 'States' should have at least one state")
	}
	for _, name := range v.m.Names() {
		s := v.m.States[name]
		at := "/States/" + name
		if s == nil {
			v.schema(at, "State '%s' is empty", name)
			continue
		}
		if n := utf8.RuneCountInString(name); n == 0 || n > MaxName {
			v.schema(at, "The state name '%s' should be of 1 to %d characters", name, MaxName)
		}
		v.state(s, at)
	}
	if missing == nil {
		v.graph()
	}
	if text, err := Marshal(v.m); err != nil {
		v.schema("/", "The definition cannot be written as JSON: %s", err)
	} else if len(text) > MaxDefinition {
		v.schema("/", "The definition is %d bytes long, at most %d are allowed", len(text), MaxDefinition)
	}
}

func (v *validator) language(at, q string) {
	if q != "" && q != JSONata && q != JSONPath {
		v.schema(at, "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]")
	}
}

// present lists the fields a state has, apart from those every state may have.
func (s *State) present() []string {
	var out []string
	add := func(has bool, name string) {
		if has {
			out = append(out, name)
		}
	}
	add(s.Resource != "", "Resource")
	add(s.Arguments != nil, "Arguments")
	add(s.Credentials != nil, "Credentials")
	add(s.TimeoutSeconds != nil, "TimeoutSeconds")
	add(s.HeartbeatSeconds != nil, "HeartbeatSeconds")
	add(s.Retry != nil, "Retry")
	add(s.Catch != nil, "Catch")
	add(s.Choices != nil, "Choices")
	add(s.Default != "", "Default")
	add(s.Seconds != nil, "Seconds")
	add(s.Timestamp != "", "Timestamp")
	add(s.Result != nil, "Result")
	add(s.Error != nil, "Error")
	add(s.Cause != nil, "Cause")
	add(s.Assign != nil, "Assign")
	add(s.Output != nil, "Output")
	add(s.Next != "", "Next")
	add(s.End, "End")
	return out
}

// allowed are the fields of each type. https://states-language.net/#state-type-table
var allowed = map[string]string{
	Task:    " Resource Arguments Credentials TimeoutSeconds HeartbeatSeconds Retry Catch Assign Output Next End ",
	Choice:  " Choices Default Assign Output ",
	Wait:    " Seconds Timestamp Assign Output Next End ",
	Pass:    " Result Assign Output Next End ",
	Succeed: " Output ",
	Fail:    " Error Cause ",
}

func (v *validator) state(s *State, at string) {
	v.language(at+"/QueryLanguage", s.QueryLanguage)
	if v.m.QueryLanguage == JSONata && s.QueryLanguage == JSONPath {
		v.schema(at, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
	}
	fields, ok := allowed[s.Type]
	switch {
	case s.Type == "":
		v.schema(at, "These fields are required: [Type]")
		return
	case s.Type == "Parallel" || s.Type == "Map":
		v.schema(at+"/Type", "State type '%s' is not supported here; use Task, Wait, Pass, Succeed, Fail and Choice states", s.Type)
		return
	case !ok:
		v.schema(at+"/Type", "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]")
		return
	}
	jsonata := v.m.Language(s) == JSONata
	for _, f := range s.present() {
		switch {
		case !strings.Contains(fields, " "+f+" "):
			v.schema(at, "Field '%s' is not supported", f)
		case jsonata && f == "Result":
			v.schema(at, "The QueryLanguage is set to 'JSONata', but field 'Result' is only supported for the 'JSONPath' QueryLanguage")
		case !jsonata && (f == "Arguments" || f == "Output"):
			v.schema(at, "The QueryLanguage is set to 'JSONPath', but field '%s' is only supported for the 'JSONata' QueryLanguage", f)
		}
	}
	t := templates{v: v, jsonata: jsonata}
	switch s.Type {
	case Task:
		v.task(t, s, at)
	case Choice:
		v.choice(t, s, at)
	case Wait:
		v.wait(t, s, at)
	case Fail:
		t.text(s.Error, at+"/Error", "Error")
		t.text(s.Cause, at+"/Cause", "Cause")
	}
	if s.Type == Task || s.Type == Wait || s.Type == Pass {
		switch {
		case s.Next == "" && !s.End:
			v.schema(at, "These fields are required: [Next or End]")
		case s.Next != "" && s.End:
			v.schema(at, "Only one of 'Next' and 'End' is allowed")
		}
	}
	t.result = s.Type == Task
	t.assign(s.Assign, at+"/Assign")
	t.value(s.Output, at+"/Output", 0)
}

var resource = regexp.MustCompile(`^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s]+$`)

func (v *validator) task(t templates, s *State, at string) {
	switch {
	case s.Resource == "":
		v.schema(at, "These fields are required: [Resource]")
	case !resource.MatchString(s.Resource):
		v.schema(at+"/Resource", "Value is not a valid resource ARN")
	case strings.Contains(s.Resource, ":activity:"):
		v.schema(at+"/Resource", "Activities are not supported here; use arn:aws:states:::lambda:invoke.waitForTaskToken")
	}
	t.value(s.Arguments, at+"/Arguments", 0)
	if s.Credentials != nil {
		c, _ := s.Credentials.(map[string]any)
		if _, ok := c["RoleArn"]; !ok {
			v.schema(at+"/Credentials", "The field 'RoleArn' is required but was missing")
		}
		for _, k := range sorted(c) {
			if k != "RoleArn" && c["RoleArn"] != nil {
				v.schema(at+"/Credentials", "Field '%s' is not supported", k)
			}
		}
		t.value(s.Credentials, at+"/Credentials", 0)
	}
	t.seconds(s.TimeoutSeconds, at+"/TimeoutSeconds", "TimeoutSeconds", 1)
	t.seconds(s.HeartbeatSeconds, at+"/HeartbeatSeconds", "HeartbeatSeconds", 1)
	if timeout, ok := Integer(s.TimeoutSeconds); ok {
		if heartbeat, ok := Integer(s.HeartbeatSeconds); ok && heartbeat >= timeout {
			v.schema(at+"/HeartbeatSeconds", "HeartbeatSeconds should be smaller than TimeoutSeconds")
		}
	}
	for i, r := range s.Retry {
		where := fmt.Sprintf("%s/Retry[%d]", at, i)
		v.errorEquals(r.ErrorEquals, where, i == len(s.Retry)-1)
		if r.JitterStrategy != "" && r.JitterStrategy != "FULL" && r.JitterStrategy != "NONE" {
			v.schema(where+"/JitterStrategy", "The field 'JitterStrategy' should have one of these values: [FULL, NONE]")
		}
		if r.IntervalSeconds < 0 || r.MaxDelaySeconds < 0 || r.MaxAttempts != nil && *r.MaxAttempts < 0 || r.BackoffRate != 0 && r.BackoffRate < 1 {
			v.schema(where, "IntervalSeconds and MaxDelaySeconds should be positive, MaxAttempts not negative, BackoffRate at least 1.0")
		}
		if r.MaxDelaySeconds > 0 && r.MaxDelaySeconds <= max(r.IntervalSeconds, 1) {
			v.schema(where+"/MaxDelaySeconds", "MaxDelaySeconds should be greater than IntervalSeconds")
		}
	}
	for i, c := range s.Catch {
		where := fmt.Sprintf("%s/Catch[%d]", at, i)
		v.errorEquals(c.ErrorEquals, where, i == len(s.Catch)-1)
		if c.Next == "" {
			v.schema(where, "These fields are required: [Next]")
		}
		caught := t
		caught.errorOutput = true
		caught.assign(c.Assign, where+"/Assign")
		caught.value(c.Output, where+"/Output", 0)
		if !t.jsonata && c.Output != nil {
			v.schema(where, "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage")
		}
	}
}

func (v *validator) errorEquals(names []string, at string, last bool) {
	if len(names) == 0 {
		v.schema(at, "These fields are required: [ErrorEquals]")
		return
	}
	for _, n := range names {
		if n == "States.ALL" && (!last || len(names) > 1) {
			v.schema(at+"/ErrorEquals", "States.ALL must appear alone and at the end of the list")
		}
	}
}

func (v *validator) choice(t templates, s *State, at string) {
	if len(s.Choices) == 0 {
		v.schema(at+"/Choices", "The field 'Choices' should have at least one element")
	}
	for i, c := range s.Choices {
		where := fmt.Sprintf("%s/Choices[%d]", at, i)
		switch x := c.Condition.(type) {
		case nil:
			if t.jsonata {
				v.schema(where, "These fields are required: [Condition]")
			} else {
				v.schema(where, `Choice rules of JSONPath are not supported; set "QueryLanguage": "JSONata" and give a Condition`)
			}
		case bool:
		case string:
			if _, ok := Expression(x); !ok {
				v.schema(where+"/Condition", "The field 'Condition' should be a boolean or a JSONata expression in {%% … %%}")
			} else if !t.jsonata {
				v.schema(where, "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage")
			} else {
				t.value(x, where+"/Condition", 0)
			}
		default:
			v.schema(where+"/Condition", "The field 'Condition' should be a boolean or a JSONata expression in {%% … %%}")
		}
		if c.Next == "" {
			v.schema(where, "These fields are required: [Next]")
		}
		t.assign(c.Assign, where+"/Assign")
		t.value(c.Output, where+"/Output", 0)
		if !t.jsonata && c.Output != nil {
			v.schema(where, "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage")
		}
	}
}

func (v *validator) wait(t templates, s *State, at string) {
	if (s.Seconds == nil) == (s.Timestamp == "") {
		v.schema(at, "Exactly one of these fields is required: [Seconds, Timestamp]")
	}
	t.seconds(s.Seconds, at+"/Seconds", "Seconds", 0)
	if s.Timestamp == "" {
		return
	}
	if _, ok := Expression(s.Timestamp); ok && t.jsonata {
		t.value(s.Timestamp, at+"/Timestamp", 0)
	} else if _, err := time.Parse(time.RFC3339Nano, s.Timestamp); err != nil {
		v.schema(at+"/Timestamp", "String does not match RFC3339 timestamp")
	}
}
