package states

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/interp"
)

// retention is how long a name of a closed execution stays taken.
const retention = 90 * 24 * time.Hour

// redrivable is how long after its end an execution can be redriven.
const redrivable = 14 * 24 * time.Hour

func checkInput(text string) error {
	if len(text) > interp.MaxPayload {
		return fail("ValidationException", "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to %d", interp.MaxPayload)
	}
	if strings.TrimSpace(text) == "" {
		return fail("InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'")
	}
	if json.Valid([]byte(text)) {
		return nil
	}
	return fail("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", spoiled(text))
}

// spoiled says what is wrong with JSON text, in the words of AWS's parser where recorded.
func spoiled(text string) string {
	t := strings.TrimSpace(text)
	word := t
	if i := strings.IndexFunc(t, func(r rune) bool {
		return !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}); i >= 0 {
		word = t[:i]
	}
	if word != "" && (word[0] < '0' || word[0] > '9') && word != "true" && word != "false" && word != "null" {
		return fmt.Sprintf("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", word)
	}
	if t[0] == '{' {
		if rest := strings.TrimSpace(t[1:]); rest != "" && rest[0] != '"' && rest[0] != '}' {
			return fmt.Sprintf("Unexpected character ('%c' (code %d)): was expecting double-quote to start field name", rest[0], rest[0])
		}
	}
	var v any
	err := json.Unmarshal([]byte(text), &v)
	return fmt.Sprint(err)
}

func (s *Service) startExecution(c *awshttp.Call) (any, error) {
	var in struct {
		ARN         string  `json:"stateMachineArn"`
		Name        *string `json:"name"`
		Input       *string `json:"input"`
		TraceHeader string  `json:"traceHeader"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	machineName, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:StartExecution", s.machineARN(machineName), nil); err != nil {
		return nil, err
	}
	name, input := uuid(), "{}"
	if in.Name != nil {
		if err := checkName(*in.Name); err != nil {
			return nil, err
		}
		name = *in.Name
	}
	if in.Input != nil {
		if err := checkInput(*in.Input); err != nil {
			return nil, err
		}
		input = *in.Input
	}
	key := executionKey(machineName, name)
	defer s.lock(key)()
	var m *machine
	var v *version
	var old *record
	err = s.DB.View(func(tx *bbolt.Tx) error {
		if m, err = get[machine](tx, inMachines, machineName); err != nil {
			return err
		}
		if m == nil {
			return noMachine(in.ARN)
		}
		v = &version{Definition: m.Definition, RoleARN: m.RoleARN, Revision: m.Revision, Created: m.Updated}
		if number != 0 {
			if v, err = get[version](tx, inVersions, versionKey(machineName, number)); err != nil {
				return err
			}
			if v == nil {
				return noMachine(in.ARN)
			}
		}
		old, err = get[record](tx, inExecutions, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if old != nil && old.MachineID == m.ID && (old.Status == interp.Running || now.Sub(old.StopTime) < retention) {
		if old.Status == interp.Running && bytes.Equal(old.Input, []byte(input)) {
			return map[string]any{"executionArn": old.ARN, "startDate": seconds(old.StartTime)}, nil
		}
		return nil, fail("ExecutionAlreadyExists", "Execution Already Exists: '%s'", old.ARN)
	}
	p, err := s.program(v.Definition)
	if err != nil {
		return nil, err
	}
	r := &record{Machine: machineName, MachineID: m.ID, Definition: v.Definition, Revision: v.Revision, Updated: v.Created, TraceHeader: in.TraceHeader}
	r.Execution = interp.Execution{ARN: s.executionARN(machineName, name), Name: name, RoleARN: v.RoleARN,
		MachineARN: s.machineARN(machineName), MachineName: machineName, Input: json.RawMessage(input)}
	if number != 0 {
		r.VersionARN = in.ARN
	}
	effects, err := p.Advance(&r.Execution, interp.Start(), s.env())
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(func(tx *bbolt.Tx) error {
		now, err := get[machine](tx, inMachines, machineName)
		if err != nil {
			return err
		}
		if now == nil || now.ID != m.ID {
			return noMachine(in.ARN) // deleted meanwhile
		}
		if old != nil {
			if err := forget(tx, old); err != nil {
				return err
			}
		}
		seq, err := tx.Bucket([]byte(inList)).NextSequence()
		if err != nil {
			return err
		}
		r.ListKey = []byte(listKey(machineName, r.StartTime, seq))
		return s.save(tx, r, effects.Task)
	})
	if err != nil {
		return nil, err
	}
	s.follow(r, effects)
	return map[string]any{"executionArn": r.ARN, "startDate": seconds(r.StartTime)}, nil
}

// forget removes an execution whose name is used again.
func forget(tx *bbolt.Tx, r *record) error {
	b := tx.Bucket([]byte(inHistory))
	var keys []string
	if err := scan(b, r.historyPrefix(), "", func(key string, _ []byte) (bool, error) { keys = append(keys, key); return true, nil }); err != nil {
		return err
	}
	for _, k := range keys {
		if err := b.Delete([]byte(k)); err != nil {
			return err
		}
	}
	if len(r.ListKey) > 0 {
		return tx.Bucket([]byte(inList)).Delete(r.ListKey)
	}
	return nil
}

func (s *Service) startSyncExecution(c *awshttp.Call) (any, error) {
	var in struct {
		ARN string `json:"stateMachineArn"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name, _, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:StartSyncExecution", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	m, err := view[machine](s, inMachines, name)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, noMachine(in.ARN)
	}
	return nil, fail("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
}

// execution reads the execution of a call, after asking IAM for the action on it.
func (s *Service) execution(c *awshttp.Call, action, arn string) (*record, error) {
	key, err := s.parseExecution(arn)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:"+action, arn, nil); err != nil {
		return nil, err
	}
	r, err := view[record](s, inExecutions, key)
	if err == nil && r == nil {
		err = noExecution(arn)
	}
	return r, err
}

func (s *Service) describeExecution(c *awshttp.Call) (any, error) {
	var in struct {
		ARN      string `json:"executionArn"`
		Included string `json:"includedData"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.execution(c, "DescribeExecution", in.ARN)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"executionArn": r.ARN, "stateMachineArn": s.machineARN(r.Machine), "name": r.Name, "status": r.Status,
		"startDate": seconds(r.StartTime), "redriveCount": r.RedriveCount,
	}
	if in.Included != "METADATA_ONLY" {
		out["input"], out["inputDetails"] = string(r.Input), included{true}
		if r.Status == interp.Succeeded {
			out["output"], out["outputDetails"] = string(r.Output), included{true}
		}
	}
	if r.VersionARN != "" {
		out["stateMachineVersionArn"] = r.VersionARN
	}
	if !r.StopTime.IsZero() {
		out["stopDate"] = seconds(r.StopTime)
	}
	if !r.RedriveTime.IsZero() {
		out["redriveDate"] = seconds(r.RedriveTime)
	}
	if r.Error != "" {
		out["error"] = r.Error
	}
	if r.Cause != "" {
		out["cause"] = r.Cause
	}
	if r.TraceHeader != "" {
		out["traceHeader"] = r.TraceHeader
	}
	status, reason := r.redriveStatus(s.Clock.Now())
	out["redriveStatus"] = status
	if reason != nil {
		out["redriveStatusReason"] = reason
	}
	return out, nil
}

// redriveStatus tells whether the execution can be redriven, and why not.
func (r *record) redriveStatus(now time.Time) (status string, reason any) {
	switch {
	case r.Status == interp.Running || r.Status == interp.Succeeded:
		return "NOT_REDRIVABLE", fmt.Sprintf("Execution is %s and cannot be redriven", r.Status)
	case r.Position == nil:
		return "NOT_REDRIVABLE", "Execution did not enter a state and cannot be redriven"
	case now.Sub(r.StopTime) > redrivable:
		return "NOT_REDRIVABLE", "Execution has exceeded the redrivable period of 14 days"
	case r.LastID >= interp.MaxEvents-1:
		return "NOT_REDRIVABLE", "Execution history event limit exceeded"
	}
	return "REDRIVABLE", nil
}

func (s *Service) listExecutions(c *awshttp.Call) (any, error) {
	var in struct {
		page
		ARN     string `json:"stateMachineArn"`
		Status  string `json:"statusFilter"`
		MapRun  string `json:"mapRunArn"`
		Redrive string `json:"redriveFilter"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	n, err := in.size(3096)
	if err != nil {
		return nil, err
	}
	if in.MapRun != "" {
		return nil, fail("ValidationException", "the local Step Functions has no map runs; list by stateMachineArn")
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:ListExecutions", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	prefix := name + "\x00"
	after, err := in.after(prefix)
	if err != nil {
		return nil, err
	}
	list := []any{}
	out := map[string]any{}
	err = s.DB.View(func(tx *bbolt.Tx) error {
		m, err := get[machine](tx, inMachines, name)
		if err != nil {
			return err
		}
		if m == nil {
			return noMachine(in.ARN)
		}
		last := ""
		return scan(tx.Bucket([]byte(inList)), prefix, after, func(key string, v []byte) (bool, error) {
			var e summary
			if err := json.Unmarshal(v, &e); err != nil {
				return false, corrupt("execution of "+name, err)
			}
			if in.Status != "" && in.Status != string(e.Status) || number != 0 && e.Version != in.ARN ||
				in.Redrive == "REDRIVEN" && e.RedriveCount == 0 || in.Redrive == "NOT_REDRIVEN" && e.RedriveCount > 0 {
				return true, nil
			}
			if len(list) == n {
				out["nextToken"] = nextToken(last)
				return false, nil
			}
			list = append(list, e.shown(s, name))
			last = key
			return true, nil
		})
	})
	out["executions"] = list
	return out, err
}

func (e summary) shown(s *Service, machine string) map[string]any {
	out := map[string]any{
		"executionArn": s.executionARN(machine, e.Name), "name": e.Name, "stateMachineArn": s.machineARN(machine),
		"status": e.Status, "startDate": seconds(e.Start), "redriveCount": e.RedriveCount,
	}
	if e.Version != "" {
		out["stateMachineVersionArn"] = e.Version
	}
	if !e.Stop.IsZero() {
		out["stopDate"] = seconds(e.Stop)
	}
	if !e.RedriveTime.IsZero() {
		out["redriveDate"] = seconds(e.RedriveTime)
	}
	return out
}

func (s *Service) stopExecution(c *awshttp.Call) (any, error) {
	var in struct {
		ARN   string  `json:"executionArn"`
		Error *string `json:"error"`
		Cause *string `json:"cause"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := checkFailure(in.Error, in.Cause); err != nil {
		return nil, err
	}
	r, err := s.execution(c, "StopExecution", in.ARN)
	if err != nil {
		return nil, err
	}
	r, err = s.signal(r.key(), interp.Stop(interp.Failure{Error: in.Error, Cause: in.Cause}), nil)
	if err != nil && !errors.Is(err, interp.ErrClosed) {
		return nil, err
	}
	return map[string]any{"stopDate": seconds(r.StopTime)}, nil
}

func checkFailure(name, cause *string) error {
	if name != nil && len(*name) > 256 {
		return fail("ValidationException", "1 validation error detected: Value at 'error' failed to satisfy constraint: Member must have length less than or equal to 256")
	}
	if cause != nil && len(*cause) > 32768 {
		return fail("ValidationException", "1 validation error detected: Value at 'cause' failed to satisfy constraint: Member must have length less than or equal to 32768")
	}
	return nil
}

// A client token makes a redrive idempotent for 15 minutes, for the last ten of them.
const (
	tokenLife   = 15 * time.Minute
	tokensKept  = 10
	tokenLength = 64
)

func (s *Service) redriveExecution(c *awshttp.Call) (any, error) {
	var in struct {
		ARN         string  `json:"executionArn"`
		ClientToken *string `json:"clientToken"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.ClientToken != nil && (len(*in.ClientToken) == 0 || len(*in.ClientToken) > tokenLength) {
		return nil, fail("ValidationException", "1 validation error detected: Value at 'clientToken' failed to satisfy constraint: Member must have length from 1 to %d", tokenLength)
	}
	r, err := s.execution(c, "RedriveExecution", in.ARN)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if in.ClientToken != nil {
		for _, was := range r.Redrives {
			if was.Token == *in.ClientToken && now.Sub(was.At) < tokenLife {
				return map[string]any{"redriveDate": seconds(was.At)}, nil
			}
		}
	}
	if status, reason := r.redriveStatus(now); status != "REDRIVABLE" {
		return nil, fail("ExecutionNotRedrivable", "%s", reason)
	}
	if m, err := view[machine](s, inMachines, r.Machine); err != nil {
		return nil, err
	} else if m == nil || m.ID != r.MachineID {
		return nil, fail("ExecutionNotRedrivable", "The state machine of the execution was deleted")
	}
	r, err = s.signal(r.key(), interp.Redrive(), func(r *record) error {
		if in.ClientToken != nil {
			r.Redrives = append(r.Redrives, redriven{*in.ClientToken, r.RedriveTime})
			r.Redrives = r.Redrives[max(0, len(r.Redrives)-tokensKept):]
		}
		return nil
	})
	if errors.Is(err, interp.ErrClosed) {
		return nil, fail("ExecutionNotRedrivable", "Execution is %s and cannot be redriven", r.Status)
	}
	if err != nil {
		return nil, err
	}
	return map[string]any{"redriveDate": seconds(r.RedriveTime)}, nil
}

func (s *Service) describeStateMachineForExecution(c *awshttp.Call) (any, error) {
	var in struct {
		ARN      string `json:"executionArn"`
		Included string `json:"includedData"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.execution(c, "DescribeStateMachineForExecution", in.ARN)
	if err != nil {
		return nil, err
	}
	var text string
	if err := s.DB.View(func(tx *bbolt.Tx) error { text = definition(tx, r.Definition); return nil }); err != nil {
		return nil, err
	}
	out := s.describe(r.Machine, s.machineARN(r.Machine), r.RoleARN, r.Revision, text)
	out["updateDate"] = seconds(r.Updated)
	if in.Included == "METADATA_ONLY" {
		delete(out, "definition")
		delete(out, "variableReferences")
	}
	return out, nil
}
