package states

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/interp"
)

// alone is the name of a state that TestState was given without a machine around it.
const alone = "State"

// testMock is what a task is said to answer.
type testMock struct {
	Result      *string `json:"result"`
	ErrorOutput *struct {
		Error *string `json:"error"`
		Cause *string `json:"cause"`
	} `json:"errorOutput"`
	FieldValidationMode string `json:"fieldValidationMode"`
}

// testContext are the members of the context object that expressions here may read.
type testContext struct {
	Execution struct {
		ID        string `json:"Id"`
		Input     json.RawMessage
		Name      string
		RoleARN   string `json:"RoleArn"`
		StartTime time.Time
	}
	State        struct{ EnteredTime time.Time }
	StateMachine struct {
		ID   string `json:"Id"`
		Name string
	}
	Task struct{ Token string }
}

type testOrder struct {
	Definition    string          `json:"definition"`
	StateName     string          `json:"stateName"`
	Input         string          `json:"input"`
	Variables     string          `json:"variables"`
	Context       string          `json:"context"`
	RoleARN       string          `json:"roleArn"`
	Level         string          `json:"inspectionLevel"`
	Mock          *testMock       `json:"mock"`
	Configuration json.RawMessage `json:"stateConfiguration"`
	RevealSecrets bool            `json:"revealSecrets"`
}

// testState plays one state on the interpreter that runs executions. A task needs a
// mock: nothing is called. A wait takes no time.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
func (s *Service) testState(c *awshttp.Call) (any, error) {
	var in testOrder
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("states:TestState", "*", nil); err != nil {
		return nil, err
	}
	if in.RoleARN != "" {
		if err := passRole(c, in.RoleARN); err != nil {
			return nil, err
		}
	}
	p, name, err := in.program()
	if err != nil {
		return nil, err
	}
	state := p.Machine().States[name]
	if err := in.check(state); err != nil {
		return nil, err
	}
	e, err := in.execution(name, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	env := s.env()
	before := maps.Clone(e.Variables)
	effects, err := p.Advance(e, interp.Redrive(), env) // enters any state, not only the first
	if err != nil {
		return nil, err
	}
	var arguments json.RawMessage
	if t := effects.Task; t != nil && t.State == name {
		arguments = t.Arguments
		sig := interp.Succeed(t.ID, json.RawMessage("null"))
		if in.Mock.Result != nil {
			sig = interp.Succeed(t.ID, json.RawMessage(*in.Mock.Result))
		} else if in.Mock.ErrorOutput != nil {
			sig = interp.Fail(t.ID, interp.Failure{Error: in.Mock.ErrorOutput.Error, Cause: in.Mock.ErrorOutput.Cause})
		}
		if t.WaitsForToken() && in.Mock.Result != nil {
			if _, err := p.Advance(e, interp.Submit(t.ID, json.RawMessage("{}")), env); err != nil {
				return nil, err
			}
		}
		if _, err := p.Advance(e, sig, env); err != nil {
			return nil, err
		}
	}
	if pos := e.Position; pos != nil && pos.State == name && pos.Phase == interp.InWait {
		env.Now = pos.Until
		if _, err := p.Advance(e, interp.Tick(), env); err != nil {
			return nil, err
		}
	}
	return in.report(e, state, name, before, arguments), nil
}

// program is the machine of the order, or one made around its only state.
func (o *testOrder) program() (*interp.Program, string, error) {
	name, text := o.StateName, o.Definition
	if name == "" {
		var state map[string]any
		if json.Unmarshal([]byte(text), &state) != nil {
			return nil, "", fail("InvalidDefinition", "Invalid State Machine Definition: the definition is not JSON")
		}
		if _, whole := state["States"]; whole {
			return nil, "", fail("ValidationException", "stateName is needed when the definition is a state machine")
		}
		around := map[string]any{alone: state}
		for _, next := range targets(state) {
			around[next] = map[string]any{"Type": "Succeed"}
		}
		b, err := json.Marshal(map[string]any{"QueryLanguage": "JSONata", "StartAt": alone, "States": around})
		if err != nil {
			return nil, "", err
		}
		name, text = alone, string(b)
	}
	p, err := compile(text)
	if err != nil {
		return nil, "", err
	}
	if p.Machine().States[name] == nil {
		return nil, "", fail("ValidationException", "the definition has no state '%s'", name)
	}
	return p, name, nil
}

// targets are the states to which one may go on.
func targets(state any) (out []string) {
	switch v := state.(type) {
	case map[string]any:
		for key, x := range v {
			if next, ok := x.(string); ok && (key == "Next" || key == "Default") {
				out = append(out, next)
			} else if key == "Choices" || key == "Catch" {
				out = append(out, targets(x)...)
			}
		}
	case []any:
		for _, x := range v {
			out = append(out, targets(x)...)
		}
	}
	return out
}

// check refuses what AWS refuses, and what is not played here.
func (o *testOrder) check(state *asl.State) error {
	switch {
	case o.Mock == nil && o.Context != "":
		return fail("ValidationException", "Context can only be specified when a mock is specified")
	case o.Mock != nil && state.Type != asl.Task:
		return fail("ValidationException", "A mock can only be specified for Task, Map, or Parallel states")
	case o.Mock != nil && (o.Mock.Result == nil) == (o.Mock.ErrorOutput == nil):
		return fail("ValidationException", "A mock has either a result or an errorOutput")
	case o.Mock != nil && o.Mock.Result != nil && !json.Valid([]byte(*o.Mock.Result)):
		return fail("ValidationException", "The mocked result is not JSON")
	case o.Mock == nil && state.Type == asl.Task:
		return fail("ValidationException", "the local Step Functions tests a Task state with a mock only")
	case len(o.Configuration) > 0 && string(o.Configuration) != "{}" && string(o.Configuration) != "null":
		return fail("ValidationException", "the local Step Functions does not support stateConfiguration")
	}
	return nil
}

// execution stands before the state, with what the order gives it.
func (o *testOrder) execution(name string, now time.Time) (*interp.Execution, error) {
	input := json.RawMessage(o.Input)
	if o.Input == "" {
		input = json.RawMessage("{}")
	}
	if !json.Valid(input) {
		return nil, fail("InvalidExecutionInput", "Invalid Input: the input is not JSON")
	}
	// A redrive begins at any state; the count goes up to 0 by it.
	e := &interp.Execution{Status: interp.Failed, Input: input, StartTime: now, Name: "test", RoleARN: o.RoleARN, RedriveCount: -1,
		Position: &interp.Position{State: name, Input: input, Entered: now}}
	if o.Variables != "" {
		if err := json.Unmarshal([]byte(o.Variables), &e.Variables); err != nil {
			return nil, fail("ValidationException", "variables is not a JSON object")
		}
	}
	if o.Context != "" {
		var c testContext
		if err := json.Unmarshal([]byte(o.Context), &c); err != nil {
			return nil, fail("ValidationException", "context is not a context object: %s", err)
		}
		if c.Execution.Input != nil {
			e.Input = c.Execution.Input
		}
		e.ARN, e.Name, e.RoleARN, e.MachineARN, e.MachineName = c.Execution.ID, c.Execution.Name, c.Execution.RoleARN, c.StateMachine.ID, c.StateMachine.Name
		if !c.Execution.StartTime.IsZero() {
			e.StartTime = c.Execution.StartTime
		}
		if !c.State.EnteredTime.IsZero() {
			e.Position.Entered = c.State.EnteredTime
		}
	}
	return e, nil
}

// report reads what happened to the state from its history.
func (o *testOrder) report(e *interp.Execution, state *asl.State, name string, variables map[string]json.RawMessage, arguments json.RawMessage) map[string]any {
	out := map[string]any{}
	inspected := map[string]any{"input": o.Input}
	if arguments != nil {
		inspected["afterArguments"] = string(arguments)
	}
	var failed *interp.Failure
	exited := false
	for _, ev := range e.Events {
		switch {
		case ev.TaskFailed != nil:
			failed = &interp.Failure{Error: ev.TaskFailed.Error, Cause: ev.TaskFailed.Cause}
		case ev.EvaluationFailed != nil:
			f := interp.Fault(ev.EvaluationFailed.Error, ev.EvaluationFailed.Cause)
			failed = &f
		case ev.ExecutionFailed != nil && !exited:
			failed = ev.ExecutionFailed
		case ev.StateEntered != nil && exited:
			out["nextState"] = ev.StateEntered.Name
		case ev.StateExited != nil && ev.StateExited.Name == name:
			exited = true
			out["output"] = ev.StateExited.Output
			if variables == nil && len(ev.StateExited.AssignedVariables) > 0 {
				variables = map[string]json.RawMessage{}
			}
			for k, v := range ev.StateExited.AssignedVariables {
				variables[k] = json.RawMessage(v)
			}
		}
		if out["nextState"] != nil {
			break
		}
	}
	switch {
	case exited && failed != nil:
		out["status"] = "CAUGHT_ERROR"
	case exited:
		out["status"] = "SUCCEEDED"
	case e.Position != nil && e.Position.State == name && e.Position.Phase == interp.InRetry:
		out["status"] = "RETRIABLE"
	default:
		out["status"] = "FAILED"
	}
	if failed != nil {
		if failed.Error != nil {
			out["error"] = *failed.Error
		}
		if failed.Cause != nil {
			out["cause"] = *failed.Cause
		}
	}
	if o.Level == "DEBUG" || o.Level == "TRACE" {
		if state.Type == asl.Task && o.Mock.Result != nil {
			inspected["result"] = *o.Mock.Result
		}
		if b, err := json.Marshal(variables); err == nil && variables != nil {
			inspected["variables"] = string(b)
		}
		out["inspectionData"] = inspected
	}
	return out
}
