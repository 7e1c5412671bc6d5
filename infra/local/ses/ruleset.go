package ses

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// The receipt rule sets of SES's first API, for operators: which there are, which one is
// active. The template's set is there from the start and active until another one, or
// none, is made so; sets made here are empty. Only the active set takes mail in.
// https://docs.aws.amazon.com/ses/latest/APIReference/API_SetActiveReceiptRuleSet.html

const (
	ruleSetBucket = "ses.rulesets" // name → storedSet; activeKey → storedSet of the active one
	activeKey     = "\x00active"
)

type storedSet struct {
	Name    string // "" in activeKey: none is active
	Created time.Time
}

const classicNamespace = "http://ses.amazonaws.com/doc/2010-12-01/"

// serveClassic answers a call of the Query protocol of SES v1.
func (s *Service) serveClassic(w http.ResponseWriter, c *awshttp.Call) {
	form, err := c.Form()
	if err != nil {
		awshttp.WriteQuery(w, classicNamespace, "Error", nil, err)
		return
	}
	operation := map[string]func(name string) (any, error){
		"ListReceiptRuleSets":          s.listRuleSets,
		"DescribeReceiptRuleSet":       s.describeRuleSet,
		"DescribeActiveReceiptRuleSet": s.describeActive,
		"SetActiveReceiptRuleSet":      s.setActive,
		"CreateReceiptRuleSet":         s.createRuleSet,
	}[c.Action]
	var v any
	switch {
	case operation == nil:
		err = &awshttp.Error{Code: "InvalidAction", Message: "the local SES does not support " + c.Action + " of its first API"}
	default:
		if err = c.Allow("ses:"+c.Action, "*", nil); err == nil {
			v, err = operation(form.Get("RuleSetName"))
		}
	}
	awshttp.WriteQuery(w, classicNamespace, c.Action, v, err)
}

type ruleSetMetadata struct{ Name, CreatedTimestamp string }

type ruleSummary struct {
	Name       string
	Enabled    bool
	TlsPolicy  string
	Recipients []string `xml:"Recipients>member"`
}

type ruleSetDescription struct {
	Metadata *ruleSetMetadata
	Rules    []ruleSummary `xml:"Rules>member"`
}

func metadata(v storedSet) ruleSetMetadata {
	return ruleSetMetadata{v.Name, v.Created.UTC().Format("2006-01-02T15:04:05.000Z")}
}

// ruleSets are the template's and those that were made, by name; active is "" when
// none is.
func (s *Service) ruleSets() (all map[string]storedSet, active string, err error) {
	all, active = map[string]storedSet{s.cfg.RuleSet: {Name: s.cfg.RuleSet}}, s.cfg.RuleSet
	err = s.cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(ruleSetBucket)).ForEach(func(k, _ []byte) error {
			var v storedSet
			if _, err := disk.GetJSON(tx.Bucket([]byte(ruleSetBucket)), string(k), &v); err != nil {
				return err
			}
			if string(k) == activeKey {
				active = v.Name
			} else {
				all[v.Name] = v
			}
			return nil
		})
	})
	return all, active, err
}

// receiving tells whether the set with the template's rules is the active one.
func (s *Service) receiving() bool {
	_, active, err := s.ruleSets()
	return err == nil && active == s.cfg.RuleSet
}

func (s *Service) listRuleSets(string) (any, error) {
	all, _, err := s.ruleSets()
	list := []ruleSetMetadata{}
	for _, v := range all {
		list = append(list, metadata(v))
	}
	slices.SortFunc(list, func(a, b ruleSetMetadata) int { return strings.Compare(a.Name, b.Name) })
	return struct {
		RuleSets []ruleSetMetadata `xml:"RuleSets>member"`
	}{list}, err
}

func (s *Service) describeRuleSet(name string) (any, error) {
	all, _, err := s.ruleSets()
	if err != nil {
		return nil, err
	}
	v, ok := all[name]
	if !ok {
		return nil, noRuleSet(name)
	}
	m := metadata(v)
	out := ruleSetDescription{Metadata: &m}
	if name == s.cfg.RuleSet {
		for _, r := range s.cfg.Rules {
			out.Rules = append(out.Rules, ruleSummary{r.Name, r.Enabled, r.TlsPolicy, r.Recipients})
		}
	}
	return out, nil
}

// describeActive answers nothing when none is active, as SES does.
func (s *Service) describeActive(string) (any, error) {
	_, active, err := s.ruleSets()
	if err != nil || active == "" {
		return ruleSetDescription{}, err
	}
	return s.describeRuleSet(active)
}

// setActive makes a set the active one; without a name none is.
func (s *Service) setActive(name string) (any, error) {
	all, _, err := s.ruleSets()
	if err != nil {
		return nil, err
	}
	if _, ok := all[name]; !ok && name != "" {
		return nil, noRuleSet(name)
	}
	return nil, s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		return disk.PutJSON(tx.Bucket([]byte(ruleSetBucket)), activeKey, storedSet{Name: name})
	})
}

func (s *Service) createRuleSet(name string) (any, error) {
	all, _, err := s.ruleSets()
	if err != nil {
		return nil, err
	}
	if _, ok := all[name]; ok {
		return nil, &awshttp.Error{Code: "AlreadyExists", Message: "Rule set already exists: " + name}
	}
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return nil, &awshttp.Error{Code: "ValidationError", Message: "a rule set's name has up to 64 letters, digits, - and _"}
	}
	now := s.cfg.Clock.Now()
	return nil, s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		return disk.PutJSON(tx.Bucket([]byte(ruleSetBucket)), name, storedSet{Name: name, Created: now})
	})
}

func noRuleSet(name string) error {
	return &awshttp.Error{Code: "RuleSetDoesNotExist", Message: "Rule set does not exist: " + name}
}
