package eventbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// InputTransformer makes the target's input of parts of the event.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
type InputTransformer struct {
	InputPathsMap map[string]string `json:",omitempty"`
	InputTemplate string
}

func compileTarget(t Target) (*target, error) {
	if action, _ := actionOf(t.Arn); action == "" {
		return nil, fmt.Errorf("the local stack delivers to SQS queues and Lambda functions only, not to %q", t.Arn)
	}
	if t.Id == "" {
		return nil, errors.New("it needs an Id")
	}
	if p := t.RetryPolicy; p != nil {
		if n := p.MaximumRetryAttempts; n != nil && (*n < 0 || *n > 185) {
			return nil, errors.New("MaximumRetryAttempts is 0 to 185")
		}
		if n := p.MaximumEventAgeInSeconds; n != nil && (*n < 60 || *n > 86400) {
			return nil, errors.New("MaximumEventAgeInSeconds is 60 to 86400")
		}
	}
	given := 0
	for _, set := range []bool{t.Input != "", t.InputPath != "", t.InputTransformer != nil} {
		if set {
			given++
		}
	}
	if given > 1 {
		return nil, errors.New("only one of Input, InputPath, or InputTransformer must be provided")
	}
	c := &target{Target: t, shape: func(body []byte, _ any, _ *rule, _ time.Time) ([]byte, error) { return body, nil }}
	switch {
	case t.Input != "":
		if !json.Valid([]byte(t.Input)) {
			return nil, errors.New("Input is not JSON")
		}
		c.shape = func([]byte, any, *rule, time.Time) ([]byte, error) { return []byte(t.Input), nil }
	case t.InputPath != "":
		p, err := compilePath(t.InputPath)
		if err != nil {
			return nil, err
		}
		c.shape = func(_ []byte, event any, _ *rule, _ time.Time) ([]byte, error) {
			v, ok := p.find(event)
			if !ok {
				return []byte("{}"), nil
			}
			return marshal(v)
		}
	case t.InputTransformer != nil:
		x, err := compileTransformer(*t.InputTransformer)
		if err != nil {
			return nil, err
		}
		c.shape = x.apply
	}
	return c, nil
}

type transformer struct {
	paths    map[string]path
	template string
}

var placeholder = regexp.MustCompile(`<[A-Za-z0-9._-]+>`)

const reserved = "aws.events."

func compileTransformer(in InputTransformer) (*transformer, error) {
	if in.InputTemplate == "" {
		return nil, errors.New("InputTransformer needs an InputTemplate")
	}
	x := &transformer{paths: map[string]path{}, template: in.InputTemplate}
	for name, text := range in.InputPathsMap {
		if strings.HasPrefix(strings.ToLower(name), "aws") {
			return nil, fmt.Errorf("InputPathsMap: the name %s is reserved", name)
		}
		p, err := compilePath(text)
		if err != nil {
			return nil, err
		}
		x.paths[name] = p
	}
	for _, m := range placeholder.FindAllString(in.InputTemplate, -1) {
		name := m[1 : len(m)-1]
		if _, ok := x.paths[name]; !ok && !strings.HasPrefix(name, reserved) {
			return nil, fmt.Errorf("Invalid InputTemplate for target: the placeholder %s has no path", m)
		}
	}
	return x, nil
}

// apply fills the template in: inside a JSON string a value is put in as text,
// elsewhere as JSON. A path that the event lacks is an empty text or null.
func (x *transformer) apply(body []byte, event any, r *rule, now time.Time) ([]byte, error) {
	var out strings.Builder
	inString, rest := false, x.template
	for rest != "" {
		switch ch := rest[0]; {
		case ch == '\\' && inString && len(rest) > 1:
			out.WriteString(rest[:2])
			rest = rest[2:]
			continue
		case ch == '"':
			inString = !inString
		case ch == '<':
			if m := placeholder.FindString(rest); m != "" && strings.HasPrefix(rest, m) {
				text, err := x.value(m[1:len(m)-1], body, event, r, now, inString)
				if err != nil {
					return nil, err
				}
				out.WriteString(text)
				rest = rest[len(m):]
				continue
			}
		}
		out.WriteByte(rest[0])
		rest = rest[1:]
	}
	return []byte(out.String()), nil
}

func (x *transformer) value(name string, body []byte, event any, r *rule, now time.Time, inString bool) (string, error) {
	var v any
	switch name {
	case reserved + "rule-arn":
		v = r.Arn
	case reserved + "rule-name":
		v = r.Name
	case reserved + "event.ingestion-time":
		v = now.UTC().Format("2006-01-02T15:04:05Z")
	case reserved + "event", reserved + "event.json":
		v = event
		if !inString {
			return string(body), nil
		}
	default:
		found, ok := x.paths[name].find(event)
		if !ok && inString {
			return "", nil
		}
		v = found
	}
	text, isText := v.(string)
	if !inString || !isText {
		data, err := marshal(v)
		if err != nil || !inString {
			return string(data), err
		}
		text = string(data)
	}
	quoted, err := marshal(text)
	if err != nil {
		return "", err
	}
	return string(quoted[1 : len(quoted)-1]), nil
}

// path is a JSON path of names and indexes, as input paths mostly are.
type path []any

var pathStep = regexp.MustCompile(`^(?:\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]|\["([^"]+)"\])`)

func compilePath(s string) (path, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, fmt.Errorf("input path %q must begin with $", s)
	}
	var p path
	for rest != "" {
		m := pathStep.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("input path %q: the local stack knows .name, ['name'] and [index] only", s)
		}
		if m[2] != "" {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				return nil, fmt.Errorf("input path %q: %w", s, err)
			}
			p = append(p, n)
		} else {
			p = append(p, m[1]+m[3]+m[4])
		}
		rest = rest[len(m[0]):]
	}
	return p, nil
}

func (p path) find(v any) (any, bool) {
	for _, step := range p {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			x, ok := m[step]
			if !ok {
				return nil, false
			}
			v = x
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil, false
			}
			v = l[step]
		}
	}
	return v, true
}
