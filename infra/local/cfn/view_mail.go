package cfn

import "fmt"

// ReceiptRule is a rule of SES for incoming mail.
// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action.html
type ReceiptRule struct {
	LogicalID  string
	Name       string
	RuleSet    string
	Enabled    bool
	ScanMail   bool
	TLSPolicy  string   // Optional or Require
	Recipients []string // domains and addresses; none means every one
	Actions    []ReceiptAction
	After      string
}

// ReceiptAction is one action: exactly one of its parts is set.
type ReceiptAction struct {
	S3     *ReceiptS3
	Lambda *ReceiptLambda
	Stop   bool
}

// ReceiptS3 stores the raw message under Prefix + message id.
type ReceiptS3 struct {
	Bucket string
	Prefix string
}

// ReceiptLambda invokes a function with the SES event.
type ReceiptLambda struct {
	FunctionARN string
	Type        string // Event or RequestResponse
}

// ConfigurationSet is what mail is sent with.
type ConfigurationSet struct {
	LogicalID    string
	Name         string
	Destinations []MailEvents
}

// MailEvents is where SES tells what becomes of mail that was sent with a set.
type MailEvents struct {
	LogicalID string
	Name      string
	Enabled   bool
	Types     []string // bounce complaint delivery …
	BusARN    string
}

// ConfigurationSets are those of the template, with their event destinations.
func (s *Stack) ConfigurationSets() []ConfigurationSet { return s.mailSets }

func (s *Stack) fillSets() error {
	err := each(s, "AWS::SES::ConfigurationSet", func(r Resource, _ struct{}) error {
		s.mailSets = append(s.mailSets, ConfigurationSet{LogicalID: r.LogicalID, Name: r.Name})
		return nil
	})
	if err != nil {
		return err
	}
	type props struct {
		ConfigurationSetName string
		EventDestination     struct {
			Name                   string
			Enabled                *boolean
			MatchingEventTypes     []string
			EventBridgeDestination *struct{ EventBusArn string }
		}
	}
	return each(s, "AWS::SES::ConfigurationSetEventDestination", func(r Resource, p props) error {
		to := p.EventDestination
		if to.EventBridgeDestination == nil {
			return fmt.Errorf("EventDestination: the local stack knows EventBridgeDestination")
		}
		for i := range s.mailSets {
			if s.mailSets[i].Name == p.ConfigurationSetName {
				s.mailSets[i].Destinations = append(s.mailSets[i].Destinations, MailEvents{LogicalID: r.LogicalID, Name: to.Name,
					Enabled: to.Enabled.or(false), Types: to.MatchingEventTypes, BusARN: to.EventBridgeDestination.EventBusArn})
				return nil
			}
		}
		return fmt.Errorf("ConfigurationSetName %q is no configuration set of the template", p.ConfigurationSetName)
	})
}

func (s *Stack) fillReceipt() error {
	err := each(s, "AWS::SES::EmailIdentity", func(r Resource, _ struct{}) error {
		s.identities = append(s.identities, r.Name)
		return nil
	})
	if err != nil {
		return err
	}
	type action struct {
		S3Action *struct {
			BucketName, ObjectKeyPrefix, KmsKeyArn, TopicArn, IamRoleArn string
		}
		LambdaAction *struct{ FunctionArn, InvocationType, TopicArn string }
		StopAction   *struct{ Scope, TopicArn string }
	}
	type props struct {
		RuleSetName, After string
		Rule               struct {
			Enabled, ScanEnabled *boolean
			TlsPolicy            string
			Recipients           []string
			Actions              []action
		}
	}
	err = each(s, "AWS::SES::ReceiptRule", func(r Resource, p props) error {
		rule := ReceiptRule{LogicalID: r.LogicalID, Name: r.Name, RuleSet: p.RuleSetName, Enabled: p.Rule.Enabled.or(false),
			ScanMail: p.Rule.ScanEnabled.or(false), TLSPolicy: p.Rule.TlsPolicy, Recipients: p.Rule.Recipients, After: p.After}
		for i, a := range p.Rule.Actions {
			switch {
			case a.S3Action != nil:
				if a.S3Action.KmsKeyArn != "" {
					return fmt.Errorf("Rule.Actions[%d].S3Action.KmsKeyArn is not supported by the local stack", i)
				}
				rule.Actions = append(rule.Actions, ReceiptAction{S3: &ReceiptS3{Bucket: a.S3Action.BucketName, Prefix: a.S3Action.ObjectKeyPrefix}})
			case a.LambdaAction != nil:
				kind := a.LambdaAction.InvocationType
				if kind == "" {
					kind = "Event"
				}
				if _, ok := s.FunctionByARN(a.LambdaAction.FunctionArn); !ok {
					return fmt.Errorf("Rule.Actions[%d].LambdaAction.FunctionArn %s is no function of the template", i, a.LambdaAction.FunctionArn)
				}
				rule.Actions = append(rule.Actions, ReceiptAction{Lambda: &ReceiptLambda{FunctionARN: a.LambdaAction.FunctionArn, Type: kind}})
			case a.StopAction != nil:
				rule.Actions = append(rule.Actions, ReceiptAction{Stop: true})
			default:
				return fmt.Errorf("Rule.Actions[%d]: the local stack knows S3Action, LambdaAction and StopAction", i)
			}
		}
		s.receiptRules = append(s.receiptRules, rule)
		return nil
	})
	if err != nil {
		return err
	}
	s.receiptRules = inOrder(s.receiptRules)
	return nil
}

// inOrder puts each rule behind the one that its After names.
func inOrder(rules []ReceiptRule) []ReceiptRule {
	var out []ReceiptRule
	placed := map[string]bool{}
	for len(out) < len(rules) {
		before := len(out)
		for _, r := range rules {
			if !placed[r.LogicalID] && (r.After == "" || nameIn(out, r.After) || !nameIn(rules, r.After)) {
				out = append(out, r)
				placed[r.LogicalID] = true
			}
		}
		if len(out) == before { // a ring of After
			return rules
		}
	}
	return out
}

func nameIn(rules []ReceiptRule, name string) bool {
	for _, r := range rules {
		if r.Name == name {
			return true
		}
	}
	return false
}
