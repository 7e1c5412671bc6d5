package states

import (
	"encoding/json"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/interp"
)

// settings are the parameters of Create and Update that only their defaults are
// supported of.
type settings struct {
	Logging *struct {
		Level string `json:"level"`
	} `json:"loggingConfiguration"`
	Tracing *struct {
		Enabled bool `json:"enabled"`
	} `json:"tracingConfiguration"`
	Encryption *struct {
		Type string `json:"type"`
	} `json:"encryptionConfiguration"`
}

func (o settings) check() error {
	switch {
	case o.Logging != nil && o.Logging.Level != "" && o.Logging.Level != "OFF":
		return fail("InvalidLoggingConfiguration", "the local Step Functions writes no logs; leave loggingConfiguration out")
	case o.Tracing != nil && o.Tracing.Enabled:
		return fail("InvalidTracingConfiguration", "the local Step Functions does not trace; leave tracingConfiguration out")
	case o.Encryption != nil && o.Encryption.Type != "AWS_OWNED_KEY":
		return fail("InvalidEncryptionConfiguration", "the local Step Functions knows only AWS_OWNED_KEY; leave encryptionConfiguration out")
	}
	return nil
}

// compile checks a definition as CreateStateMachine does and compiles it.
func compile(text string) (*interp.Program, error) {
	m, err := asl.Parse([]byte(text))
	if err != nil {
		return nil, fail("InvalidDefinition", "%s", err)
	}
	if found := foreign(m); found != nil {
		return nil, fail("InvalidDefinition", "%s", &asl.Error{Diagnostics: append(asl.Validate(m), found...)})
	}
	p, err := interp.Compile(m)
	if err != nil {
		return nil, fail("InvalidDefinition", "%s", err)
	}
	return p, nil
}

// foreign tells the tasks that call something other than a Lambda function.
func foreign(m *asl.Machine) (out []asl.Diagnostic) {
	for _, name := range m.Names() {
		s := m.States[name]
		if s == nil || s.Type != asl.Task || s.Resource == "" || strings.Contains(s.Resource, ":lambda:") && strings.Contains(s.Resource, ":function:") {
			continue
		}
		if strings.HasSuffix(s.Resource, ":states:::lambda:invoke") || strings.HasSuffix(s.Resource, ":states:::lambda:invoke.waitForTaskToken") {
			continue
		}
		out = append(out, asl.Diagnostic{Severity: asl.SeverityError, Code: asl.CodeSchema, Location: "/States/" + name + "/Resource",
			Message: "The resource '" + s.Resource + "' is not supported by the local Step Functions; use arn:aws:states:::lambda:invoke"})
	}
	return out
}

// program is the compiled form of a stored definition.
func (s *Service) program(h string) (*interp.Program, error) {
	s.mu.Lock()
	p := s.programs[h]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	var text string
	if err := s.DB.View(func(tx *bbolt.Tx) error { text = definition(tx, h); return nil }); err != nil {
		return nil, err
	}
	p, err := compile(text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.programs[h] = p
	s.mu.Unlock()
	return p, nil
}

func (s *Service) createStateMachine(c *awshttp.Call) (any, error) {
	var in struct {
		settings
		Name               string `json:"name"`
		Definition         string `json:"definition"`
		RoleARN            string `json:"roleArn"`
		Type               string `json:"type"`
		Publish            bool   `json:"publish"`
		VersionDescription string `json:"versionDescription"`
		Tags               []tag  `json:"tags"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	arn := s.machineARN(in.Name)
	if err := c.Allow("states:CreateStateMachine", arn, nil); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := c.Allow("states:TagResource", arn, nil); err != nil {
			return nil, err
		}
		if err := checkTags(nil, in.Tags); err != nil {
			return nil, err
		}
	}
	if err := passRole(c, in.RoleARN); err != nil {
		return nil, err
	}
	if in.Type != "" && in.Type != "STANDARD" {
		return nil, fail("StateMachineTypeNotSupported", "the local Step Functions runs STANDARD state machines only, not %s", in.Type)
	}
	if in.VersionDescription != "" && !in.Publish {
		return nil, fail("ValidationException", "Version description can only be set when publish is true")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	p, err := compile(in.Definition)
	if err != nil {
		return nil, err
	}
	s.machines.Lock()
	defer s.machines.Unlock()
	var m *machine
	var v *version
	now := s.Clock.Now()
	err = s.DB.Update(func(tx *bbolt.Tx) error {
		var err error
		if m, err = get[machine](tx, inMachines, in.Name); err != nil {
			return err
		}
		h, err := keep(tx, in.Definition)
		if err != nil {
			return err
		}
		if m != nil {
			if m.Definition != h {
				return fail("StateMachineAlreadyExists", "State Machine Already Exists: '%s'", arn)
			}
		} else {
			m = &machine{Name: in.Name, ID: uuid(), Definition: h, RoleARN: in.RoleARN, Created: now, Updated: now, Tags: in.Tags}
		}
		if in.Publish {
			if v, err = s.publish(tx, m, in.VersionDescription, now); err != nil {
				return err
			}
		}
		return put(tx, inMachines, m.Name, m)
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.programs[m.Definition] = p
	s.mu.Unlock()
	out := map[string]any{"stateMachineArn": arn, "creationDate": seconds(m.Created)}
	if v != nil {
		out["stateMachineVersionArn"] = s.versionARN(m.Name, v.Number)
	}
	return out, nil
}

func (s *Service) updateStateMachine(c *awshttp.Call) (any, error) {
	var in struct {
		settings
		ARN                string  `json:"stateMachineArn"`
		Definition         *string `json:"definition"`
		RoleARN            *string `json:"roleArn"`
		Publish            bool    `json:"publish"`
		VersionDescription string  `json:"versionDescription"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:UpdateStateMachine", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	if number != 0 {
		return nil, noMachine(in.ARN)
	}
	if in.Definition == nil && in.RoleARN == nil && in.Logging == nil && in.Tracing == nil && in.Encryption == nil {
		return nil, fail("MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified")
	}
	if in.RoleARN != nil {
		if err := passRole(c, *in.RoleARN); err != nil {
			return nil, err
		}
	}
	if in.VersionDescription != "" && !in.Publish {
		return nil, fail("ValidationException", "Version description can only be set when publish is true")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Definition != nil {
		if _, err := compile(*in.Definition); err != nil {
			return nil, err
		}
	}
	s.machines.Lock()
	defer s.machines.Unlock()
	var m *machine
	var v *version
	now := s.Clock.Now()
	err = s.DB.Update(func(tx *bbolt.Tx) error {
		var err error
		if m, err = get[machine](tx, inMachines, name); err != nil {
			return err
		}
		if m == nil {
			return noMachine(in.ARN)
		}
		before := *m
		if in.Definition != nil {
			if m.Definition, err = keep(tx, *in.Definition); err != nil {
				return err
			}
		}
		if in.RoleARN != nil {
			m.RoleARN = *in.RoleARN
		}
		if m.Definition != before.Definition || m.RoleARN != before.RoleARN {
			m.Revision = uuid()
			m.Updated = now
		}
		if in.Publish {
			if v, err = s.publish(tx, m, in.VersionDescription, now); err != nil {
				return err
			}
		}
		return put(tx, inMachines, name, m)
	})
	if err != nil {
		return nil, err
	}
	out := map[string]any{"updateDate": seconds(now)}
	if m.Revision != "" {
		out["revisionId"] = m.Revision
	}
	if v != nil {
		out["stateMachineVersionArn"] = s.versionARN(name, v.Number)
	}
	return out, nil
}

func (s *Service) describeStateMachine(c *awshttp.Call) (any, error) {
	var in struct {
		ARN      string `json:"stateMachineArn"`
		Included string `json:"includedData"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:DescribeStateMachine", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	var out map[string]any
	err = s.DB.View(func(tx *bbolt.Tx) error {
		m, err := get[machine](tx, inMachines, name)
		if err != nil {
			return err
		}
		if m == nil {
			return noMachine(in.ARN)
		}
		v := &version{Definition: m.Definition, RoleARN: m.RoleARN, Revision: m.Revision, Created: m.Created}
		if number != 0 {
			if v, err = get[version](tx, inVersions, versionKey(name, number)); err != nil {
				return err
			}
			if v == nil {
				return noMachine(in.ARN)
			}
		}
		out = s.describe(name, in.ARN, v.RoleARN, v.Revision, definition(tx, v.Definition))
		out["creationDate"] = seconds(v.Created)
		out["status"] = "ACTIVE"
		out["type"] = "STANDARD"
		if v.Description != "" {
			out["description"] = v.Description
		}
		return nil
	})
	if err == nil && in.Included == "METADATA_ONLY" {
		delete(out, "definition")
		delete(out, "variableReferences")
	}
	return out, err
}

// describe is what DescribeStateMachine and DescribeStateMachineForExecution share.
func (s *Service) describe(name, arn, role, revision, text string) map[string]any {
	out := map[string]any{
		"name": name, "stateMachineArn": arn, "roleArn": role, "definition": text,
		"loggingConfiguration":    map[string]any{"level": "OFF", "includeExecutionData": false},
		"tracingConfiguration":    map[string]any{"enabled": false},
		"encryptionConfiguration": map[string]any{"type": "AWS_OWNED_KEY"},
	}
	if revision != "" {
		out["revisionId"] = revision
	}
	if m, err := asl.Parse([]byte(text)); err == nil {
		if vars := asl.Variables(m); len(vars) > 0 {
			out["variableReferences"] = vars
		}
	}
	return out
}

func (s *Service) listStateMachines(c *awshttp.Call) (any, error) {
	var in page
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("states:ListStateMachines", "*", nil); err != nil {
		return nil, err
	}
	n, err := in.size(1024)
	if err != nil {
		return nil, err
	}
	after, err := in.after("")
	if err != nil {
		return nil, err
	}
	list := []any{}
	out := map[string]any{}
	err = s.DB.View(func(tx *bbolt.Tx) error {
		last := ""
		return scan(tx.Bucket([]byte(inMachines)), "", after, func(key string, v []byte) (bool, error) {
			if len(list) == n {
				out["nextToken"] = nextToken(last)
				return false, nil
			}
			var m machine
			if err := json.Unmarshal(v, &m); err != nil {
				return false, corrupt("state machine "+key, err)
			}
			list = append(list, map[string]any{"creationDate": seconds(m.Created), "name": m.Name, "stateMachineArn": s.machineARN(m.Name), "type": "STANDARD"})
			last = key
			return true, nil
		})
	})
	out["stateMachines"] = list
	return out, err
}

// deleteStateMachine deletes the machine and its versions. Running executions, which AWS
// ends at their next transition, are aborted at once; records of executions stay until
// the name is used again.
func (s *Service) deleteStateMachine(c *awshttp.Call) (any, error) {
	var in struct {
		ARN string `json:"stateMachineArn"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:DeleteStateMachine", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	if number != 0 {
		return nil, fail("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: %s'", in.ARN)
	}
	s.machines.Lock()
	defer s.machines.Unlock()
	var open []string
	err = s.DB.Update(func(tx *bbolt.Tx) error {
		for _, bucket := range []string{inVersions, inList} {
			b := tx.Bucket([]byte(bucket))
			var keys []string
			if err := scan(b, name+"\x00", "", func(key string, _ []byte) (bool, error) { keys = append(keys, key); return true, nil }); err != nil {
				return err
			}
			for _, k := range keys {
				if err := b.Delete([]byte(k)); err != nil {
					return err
				}
			}
		}
		if err := scan(tx.Bucket([]byte(inOpen)), name+"\x00", "", func(key string, _ []byte) (bool, error) { open = append(open, key); return true, nil }); err != nil {
			return err
		}
		return tx.Bucket([]byte(inMachines)).Delete([]byte(name))
	})
	if err != nil {
		return nil, err
	}
	for _, key := range open {
		if _, err := s.signal(key, interp.Stop(interp.Failure{}), nil); err != nil && !isClosed(err) {
			return nil, err
		}
	}
	return nil, nil
}

func (s *Service) validateStateMachineDefinition(c *awshttp.Call) (any, error) {
	var in struct {
		Definition string `json:"definition"`
		Type       string `json:"type"`
		Severity   string `json:"severity"`
		MaxResults *int   `json:"maxResults"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("states:ValidateStateMachineDefinition", "*", nil); err != nil {
		return nil, err
	}
	limit := asl.MaxDiagnostics
	if in.MaxResults != nil && *in.MaxResults > 0 {
		limit = min(limit, *in.MaxResults)
	}
	var found []asl.Diagnostic
	if m, err := asl.Parse([]byte(in.Definition)); err != nil {
		found = err.(*asl.Error).Diagnostics
	} else {
		found = append(asl.Validate(m), foreign(m)...)
		if in.Type == "EXPRESS" {
			found = append(found, express(m)...)
		}
	}
	result := "OK"
	shown := []asl.Diagnostic{}
	for _, d := range found {
		if d.Severity == asl.SeverityError {
			result = "FAIL"
		} else if in.Severity != asl.SeverityWarning {
			continue
		}
		shown = append(shown, d)
	}
	truncated := len(shown) > limit
	return map[string]any{"result": result, "diagnostics": shown[:min(limit, len(shown))], "truncated": truncated}, nil
}

func express(m *asl.Machine) (out []asl.Diagnostic) {
	for _, name := range m.Names() {
		if s := m.States[name]; s != nil && strings.HasSuffix(s.Resource, ".waitForTaskToken") {
			out = append(out, asl.Diagnostic{Severity: asl.SeverityError, Code: asl.CodeSchema, Location: "/States/" + name + "/Resource",
				Message: "Express state machine does not support '.waitForTaskToken' service integration "})
		}
	}
	return out
}
