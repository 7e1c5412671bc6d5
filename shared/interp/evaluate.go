package interp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/jsonata"
)

// evaluationError is a States.QueryEvaluationError before it has its state's name.
type evaluationError struct{ at, text string }

func (e *evaluationError) Error() string { return e.text }

// tooLarge is a States.DataLimitExceeded.
type tooLarge struct{}

func (tooLarge) Error() string { return "too large" }

// scope is what an expression sees.
type scope struct {
	result, errorOutput json.RawMessage
}

// text evaluates a template to JSON text.
func (r *run) text(t *template, s scope) (json.RawMessage, error) {
	switch {
	case t.expr != nil:
		return r.expression(t, s)
	case t.items != nil:
		var b bytes.Buffer
		b.WriteByte('[')
		for i, it := range t.items {
			v, err := r.text(it, s)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(v)
		}
		b.WriteByte(']')
		return b.Bytes(), nil
	case t.keys != nil:
		var b bytes.Buffer
		b.WriteByte('{')
		for i, k := range t.keys {
			v, err := r.text(t.fields[i], s)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				b.WriteByte(',')
			}
			key, _ := encode(k)
			b.Write(key)
			b.WriteByte(':')
			b.Write(v)
		}
		b.WriteByte('}')
		return b.Bytes(), nil
	}
	return t.literal, nil
}

func (r *run) expression(t *template, s scope) (json.RawMessage, error) {
	if v := r.direct(t.direct, s); v != nil {
		return v, nil
	}
	v, err := t.expr.EvalContext(r.env.Context, jsonata.Undefined, r.bindings(s), jsonata.Options{
		Now: func() time.Time { return r.env.Now }, Random: r.env.Random, UUID: r.env.UUID,
	})
	var je *jsonata.Error
	switch {
	case errors.Is(err, jsonata.ErrUndefined):
		return nil, r.bad(t, "returned nothing (undefined).")
	case errors.As(err, &je) && je.Code == "T1011":
		return nil, r.bad(t, "returned an unsupported result type.")
	case errors.As(err, &je):
		return nil, r.bad(t, "threw an error during evaluation. %s", spoken(je))
	case err != nil:
		return nil, r.bad(t, "threw an error during evaluation. %s", err)
	}
	text, err := encode(v)
	if err == nil && bytes.Contains(text, []byte("-0")) {
		text, err = encode(noNegativeZero(v))
	}
	if err != nil {
		return nil, r.bad(t, "returned an unsupported result type.")
	}
	return text, nil
}

func (r *run) bad(t *template, format string, args ...any) error {
	return &evaluationError{t.at, fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' ", t.source, t.at) + fmt.Sprintf(format, args...)}
}

// spoken is an error as Step Functions words it where that is recorded.
func spoken(e *jsonata.Error) string {
	if e.Code == "T1006" {
		return "T1006: Attempted to invoke a non-function"
	}
	return e.Error()
}

func (r *run) direct(name string, s scope) json.RawMessage {
	switch name {
	case "":
		return nil
	case "input":
		return r.e.Position.Input
	case "result":
		return s.result
	case "errorOutput":
		return s.errorOutput
	}
	return r.e.Variables[strings.TrimPrefix(name, "$")]
}

// bindings are the variables and $states. Decoded values are kept for the rest of this
// Advance: JSONata does not change them.
func (r *run) bindings(s scope) map[string]any {
	if r.vars == nil {
		r.vars = make(map[string]any, len(r.e.Variables)+1)
		for name, text := range r.e.Variables {
			r.vars[name] = decode(text)
		}
	}
	states := map[string]any{"input": r.input(), "context": r.context()}
	if s.result != nil {
		states["result"] = decode(s.result)
	}
	if s.errorOutput != nil {
		states["errorOutput"] = decode(s.errorOutput)
	}
	r.vars["states"] = states
	return r.vars
}

func (r *run) input() any {
	if !r.inputDecoded {
		r.inputValue, r.inputDecoded = decode(r.e.Position.Input), true
	}
	return r.inputValue
}

// context is $states.context.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
func (r *run) context() map[string]any {
	e, p := r.e, r.e.Position
	if !r.startDecoded {
		r.startValue, r.startDecoded = decode(e.Input), true
	}
	execution := map[string]any{
		"Id": e.ARN, "Input": r.startValue, "Name": e.Name, "RoleArn": e.RoleARN,
		"StartTime": iso(e.StartTime), "RedriveCount": float64(e.RedriveCount),
	}
	if !e.RedriveTime.IsZero() {
		execution["RedriveTime"] = iso(e.RedriveTime)
	}
	out := map[string]any{
		"Execution":    execution,
		"State":        map[string]any{"EnteredTime": iso(p.Entered), "Name": p.State, "RetryCount": float64(p.RetryCount)},
		"StateMachine": map[string]any{"Id": e.MachineARN, "Name": e.MachineName},
	}
	if r.token != "" {
		out["Task"] = map[string]any{"Token": r.token}
	}
	return out
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// integer evaluates a field of whole seconds within [low, high].
func (r *run) integer(t *template, low, high float64) (int64, error) {
	text, err := r.text(t, scope{})
	if err != nil {
		return 0, err
	}
	f, ok := decode(text).(float64)
	if !ok {
		return 0, r.wrongType(t, "number", text)
	}
	if f != math.Trunc(f) || f < low || f > high {
		return 0, &evaluationError{t.at, fmt.Sprintf("The %s field should be an integer from %.0f to %.0f but was: %s", t.at, low, high, text)}
	}
	return int64(f), nil
}

// words evaluates a field that must be a string.
func (r *run) words(t *template) (string, error) {
	text, err := r.text(t, scope{})
	if err != nil {
		return "", err
	}
	s, ok := decode(text).(string)
	if !ok {
		return "", r.wrongType(t, "string", text)
	}
	return s, nil
}

func (r *run) wrongType(t *template, want string, text json.RawMessage) error {
	return r.bad(t, "returned an unexpected result type. Expected '%s', but was '%s' for value: %s", want, typeName(text), text)
}

func typeName(text json.RawMessage) string {
	switch decode(text).(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case nil:
		return "null"
	}
	return "number"
}

func decode(text json.RawMessage) any {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	return v
}

func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// compact takes the spaces out of JSON text.
func compact(text json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return json.RawMessage("null")
	}
	return b.Bytes()
}

// noNegativeZero turns -0 into 0, which is what Step Functions writes. What holds one is
// copied: values may be shared with the bindings.
func noNegativeZero(v any) any {
	switch v := v.(type) {
	case float64:
		if v == 0 {
			return float64(0)
		}
	case []any:
		if !holdsNegativeZero(v) {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = noNegativeZero(e)
		}
		return out
	case map[string]any:
		if !holdsNegativeZero(v) {
			return v
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = noNegativeZero(e)
		}
		return out
	}
	return v
}

func holdsNegativeZero(v any) bool {
	switch v := v.(type) {
	case float64:
		return v == 0 && math.Signbit(v)
	case []any:
		return slices.ContainsFunc(v, holdsNegativeZero)
	case map[string]any:
		for _, e := range v {
			if holdsNegativeZero(e) {
				return true
			}
		}
	}
	return false
}
