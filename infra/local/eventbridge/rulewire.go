package eventbridge

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/pattern"
)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// ruleRequest are the members that the calls about one rule have.
type ruleRequest struct{ Name, Rule, EventBusName string }

// named finds the rule of a call after asking IAM.
func (s *Service) named(c *awshttp.Call, in ruleRequest) (*rule, error) {
	name := in.Name + in.Rule
	if err := c.Allow("events:"+c.Action, s.RuleARN(in.EventBusName, name), nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	bus := s.buses[busName(in.EventBusName)]
	if bus == nil {
		return nil, notFound("Event bus %s does not exist.", in.EventBusName)
	}
	if bus[name] == nil {
		return nil, notFound("Rule %s does not exist on EventBus %s.", name, busName(in.EventBusName))
	}
	return bus[name], nil
}

func describe(r *rule) map[string]any {
	out := map[string]any{"Name": r.Name, "Arn": r.Arn, "EventBusName": r.bus, "State": "ENABLED"}
	if !r.enabled() {
		out["State"] = "DISABLED"
	}
	if text, err := r.patternText(); err == nil && len(text) > 0 {
		out["EventPattern"] = string(text)
	}
	for name, v := range map[string]string{"ScheduleExpression": r.ScheduleExpression, "Description": r.Description, "RoleArn": r.RoleArn} {
		if v != "" {
			out[name] = v
		}
	}
	return out
}

func (s *Service) listRules(c *awshttp.Call) (any, error) {
	var in struct{ NamePrefix, EventBusName string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("events:ListRules", s.RuleARN(in.EventBusName, "*"), nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	name := busName(in.EventBusName)
	if s.buses[name] == nil {
		return nil, notFound("Event bus %s does not exist.", name)
	}
	list := []map[string]any{}
	for _, r := range s.sorted(name) {
		if strings.HasPrefix(r.Name, in.NamePrefix) {
			list = append(list, describe(r))
		}
	}
	return map[string]any{"Rules": list}, nil
}

func (s *Service) describeRule(c *awshttp.Call) (any, error) {
	var in ruleRequest
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.named(c, in)
	if err != nil {
		return nil, err
	}
	return describe(r), nil
}

func (s *Service) listTargetsByRule(c *awshttp.Call) (any, error) {
	var in ruleRequest
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.named(c, in)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Targets": append([]Target{}, r.Targets...)}, nil
}

func (s *Service) listRuleNamesByTarget(c *awshttp.Call) (any, error) {
	var in struct{ TargetArn, EventBusName string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("events:ListRuleNamesByTarget", s.RuleARN(in.EventBusName, "*"), nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := []string{}
	for _, r := range s.sorted(busName(in.EventBusName)) {
		if slices.ContainsFunc(r.Targets, func(t Target) bool { return t.Arn == in.TargetArn }) {
			names = append(names, r.Name)
		}
	}
	return map[string]any{"RuleNames": names}, nil
}

// change compiles, stores and installs a rule that a call makes or changes.
func (s *Service) change(in Rule) error {
	r, err := s.compileRule(in, false)
	var bad *pattern.Error
	if errors.As(err, &bad) {
		return &awshttp.Error{Code: "InvalidEventPatternException", Message: bad.Error()}
	}
	if err != nil {
		return invalid("%s", err.Error())
	}
	err = s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		return disk.PutJSON(tx.Bucket([]byte(rulesBucket)), r.bus+"/"+r.Name, r.Rule)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	old := s.buses[r.bus][r.Name]
	s.buses[r.bus][r.Name] = r
	started := s.started
	s.mu.Unlock()
	switch {
	case r.schedule != nil && started:
		return s.tick(r)
	case old != nil && old.schedule != nil:
		return s.ticks.Remove("rule " + r.Name)
	}
	return nil
}

func fromTemplate(r *rule) error {
	if r != nil && r.configured {
		return &awshttp.Error{Code: "ManagedRuleException", Message: "Rule " + r.Name + " is the template's: change it in template.yaml"}
	}
	return nil
}

func (s *Service) putRule(c *awshttp.Call) (any, error) {
	var in struct {
		Name, EventBusName, EventPattern, ScheduleExpression, State, Description, RoleArn string
		Tags                                                                              []any
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	arn := s.RuleARN(in.EventBusName, in.Name)
	if err := c.Allow("events:PutRule", arn, nil); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		return nil, invalid("the local stack has no tags on rules: leave Tags out")
	}
	bus := busName(in.EventBusName)
	s.mu.RLock()
	rules := s.buses[bus]
	old := rules[in.Name]
	count := len(rules)
	s.mu.RUnlock()
	if rules == nil {
		return nil, notFound("Event bus %s does not exist.", bus)
	}
	if err := fromTemplate(old); err != nil {
		return nil, err
	}
	if old == nil && count >= MaxRules {
		return nil, &awshttp.Error{Code: "LimitExceededException", Message: "The requested resource exceeds the maximum number allowed."}
	}
	r := Rule{Name: in.Name, EventBusName: bus, ScheduleExpression: in.ScheduleExpression, State: in.State, Description: in.Description, RoleArn: in.RoleArn}
	if in.EventPattern != "" {
		r.EventPattern = json.RawMessage(in.EventPattern)
		if !json.Valid(r.EventPattern) {
			return nil, &awshttp.Error{Code: "InvalidEventPatternException", Message: "Event pattern is not valid. Reason: it is not JSON"}
		}
	}
	if old != nil {
		r.Targets = old.Targets
	}
	if err := s.change(r); err != nil {
		return nil, err
	}
	return map[string]string{"RuleArn": arn}, nil
}

func (s *Service) deleteRule(c *awshttp.Call) (any, error) {
	var in ruleRequest
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.named(c, in)
	var gone *awshttp.Error
	if errors.As(err, &gone) && gone.Code == "ResourceNotFoundException" {
		return nil, nil // deleting what is not there succeeds
	}
	if err != nil {
		return nil, err
	}
	if err := fromTemplate(r); err != nil {
		return nil, err
	}
	if len(r.Targets) > 0 {
		return nil, invalid("Rule can't be deleted since it has targets.")
	}
	if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(rulesBucket)).Delete([]byte(r.bus + "/" + r.Name))
	}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.buses[r.bus], r.Name)
	s.mu.Unlock()
	if r.schedule != nil {
		return nil, s.ticks.Remove("rule " + r.Name)
	}
	return nil, nil
}

// setState lets people switch a template's rule for a while, too; a restart has the
// template's state again.
func (s *Service) setState(c *awshttp.Call, state string) error {
	var in ruleRequest
	if err := c.Decode(&in); err != nil {
		return err
	}
	r, err := s.named(c, in)
	if err != nil {
		return err
	}
	n := r.Rule
	n.State = state
	if !r.configured {
		return s.change(n)
	}
	changed := *r
	changed.Rule = n
	s.mu.Lock()
	s.buses[r.bus][r.Name] = &changed
	s.mu.Unlock()
	return nil
}

func (s *Service) putTargets(c *awshttp.Call) (any, error) {
	var in struct {
		ruleRequest
		Targets []json.RawMessage
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.named(c, in.ruleRequest)
	if err != nil {
		return nil, err
	}
	if err := fromTemplate(r); err != nil {
		return nil, err
	}
	n := r.Rule
	n.Targets = slices.Clone(r.Targets)
	for _, raw := range in.Targets {
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.DisallowUnknownFields() // a parameter that is not played must not be passed over in silence
		var t Target
		if err := dec.Decode(&t); err != nil {
			return nil, invalid("target: the local stack does not take it: %s", err)
		}
		n.Targets = slices.DeleteFunc(n.Targets, func(x Target) bool { return x.Id == t.Id })
		n.Targets = append(n.Targets, t)
	}
	if len(n.Targets) > MaxTargets {
		return nil, &awshttp.Error{Code: "LimitExceededException", Message: "The requested resource exceeds the maximum number allowed."}
	}
	if err := s.change(n); err != nil {
		return nil, err
	}
	return map[string]any{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
}

func (s *Service) removeTargets(c *awshttp.Call) (any, error) {
	var in struct {
		ruleRequest
		Ids   []string
		Force bool
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	r, err := s.named(c, in.ruleRequest)
	if err != nil {
		return nil, err
	}
	if err := fromTemplate(r); err != nil {
		return nil, err
	}
	n := r.Rule
	n.Targets = slices.DeleteFunc(slices.Clone(r.Targets), func(t Target) bool { return slices.Contains(in.Ids, t.Id) })
	if err := s.change(n); err != nil {
		return nil, err
	}
	return map[string]any{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
}
