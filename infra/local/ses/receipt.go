package ses

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// ReceiptRule has the members of AWS::SES::ReceiptRule's Rule, so that the resolved
// properties of the template unmarshal into it.
type ReceiptRule struct {
	Name        string
	Enabled     bool
	Recipients  []string // address, domain, or .domain for its sub-domains; none: everything
	ScanEnabled bool
	TlsPolicy   string
	Actions     []ReceiptAction
}

// ReceiptAction has exactly one action.
type ReceiptAction struct {
	S3Action     *S3Action
	LambdaAction *LambdaAction
	StopAction   *StopAction

	// Not played: a rule with one of them is refused.
	SNSAction, BounceAction, AddHeaderAction, WorkmailAction, ConnectAction json.RawMessage
}

// S3Action stores the message under prefix + message id.
type S3Action struct {
	BucketName      string
	ObjectKeyPrefix string
	// Not played.
	KmsKeyArn, TopicArn, IamRoleArn string
}

// LambdaAction calls a function with the message's metadata.
type LambdaAction struct {
	FunctionArn    string
	InvocationType string // Event (default) or RequestResponse
	TopicArn       string // not played
}

// StopAction ends the rule set.
type StopAction struct {
	Scope    string // RuleSet
	TopicArn string // not played
}

func (r ReceiptRule) check() error {
	for i, a := range r.Actions {
		set := 0
		if a.S3Action != nil {
			set++
			if a.S3Action.BucketName == "" || a.S3Action.KmsKeyArn+a.S3Action.TopicArn+a.S3Action.IamRoleArn != "" {
				return fmt.Errorf("action %d: S3Action takes BucketName and ObjectKeyPrefix here", i+1)
			}
		}
		if l := a.LambdaAction; l != nil {
			set++
			if l.FunctionArn == "" || l.TopicArn != "" || !slices.Contains([]string{"", "Event", "RequestResponse"}, l.InvocationType) {
				return fmt.Errorf("action %d: LambdaAction takes FunctionArn and InvocationType (Event, RequestResponse) here", i+1)
			}
		}
		if a.StopAction != nil {
			set++
		}
		if set != 1 {
			return fmt.Errorf("action %d: the local stack plays S3Action, LambdaAction and StopAction, one per action", i+1)
		}
	}
	return nil
}

// matches tells whether the rule is for the recipient. A rule's address also takes
// mail for the address with a label (user+label@).
func (r ReceiptRule) matches(rcpt string) bool {
	if !r.Enabled {
		return false
	}
	rcpt = strings.ToLower(rcpt)
	local, domain, _ := strings.Cut(rcpt, "@")
	plain, _, _ := strings.Cut(local, "+")
	for _, want := range r.Recipients {
		switch want = strings.ToLower(want); {
		case strings.Contains(want, "@"):
			if want == rcpt || want == plain+"@"+domain {
				return true
			}
		case strings.HasPrefix(want, "."):
			if strings.HasSuffix(domain, want) {
				return true
			}
		case want == domain:
			return true
		}
	}
	return len(r.Recipients) == 0
}

// accepts tells whether some rule is for the recipient.
func (s *Service) accepts(rcpt string) bool {
	return s.receiving() && slices.ContainsFunc(s.cfg.Rules, func(r ReceiptRule) bool { return r.matches(rcpt) })
}

// Errors of Receive, which SMTP answers with 550, 552 and 451.
var (
	ErrUnknownRecipient = errors.New("no enabled receipt rule is for this address")
	ErrTooLarge         = fmt.Errorf("the message is larger than %d MB", MaxReceived>>20)
)

// incoming is one message as SMTP delivers it.
type incoming struct {
	from string // MAIL FROM; empty for bounces
	rcpt []string
	helo string
	ip   string
	raw  []byte
}

// Receive takes in a message as if it came over SMTP; nil means that everything that
// the receipt rules do with it is durable.
func (s *Service) Receive(from string, rcpt []string, raw []byte) error {
	for _, r := range rcpt {
		if !s.accepts(r) {
			return fmt.Errorf("%s: %w", r, ErrUnknownRecipient)
		}
	}
	return s.receive(incoming{from: from, rcpt: rcpt, helo: "localhost", ip: "127.0.0.1", raw: raw})
}

const principal = "ses.amazonaws.com"

// receive plays the rule set. Permissions are asked before anything is done, so that
// a missing one leaves no half of it behind.
func (s *Service) receive(in incoming) error {
	if len(in.raw) > MaxReceived {
		return ErrTooLarge
	}
	done := s.cfg.Clock.Busy("mail in")
	defer done()
	now := s.cfg.Clock.Now()
	m := s.prepare(in, receivedID(), now)
	for _, r := range s.cfg.Rules {
		if len(m.matched(r)) > 0 {
			if err := s.permitted(r, m.id); err != nil {
				return err
			}
		}
	}
	for _, r := range s.cfg.Rules {
		if rcpt := m.matched(r); len(rcpt) > 0 {
			stop, err := s.play(r, m, rcpt)
			if err != nil {
				return fmt.Errorf("receipt rule %s: %w", r.Name, err)
			}
			if stop {
				break
			}
		}
	}
	return nil
}

func (m *received) matched(r ReceiptRule) []string {
	var out []string
	for _, a := range m.rcpt {
		if r.matches(a) {
			out = append(out, a)
		}
	}
	return out
}

func (s *Service) permitted(r ReceiptRule, id string) error {
	if s.cfg.AllowService == nil {
		return nil
	}
	source := fmt.Sprintf("arn:aws:ses:%s:%s:receipt-rule-set/%s:receipt-rule/%s", s.cfg.Region, s.cfg.Account, s.cfg.RuleSet, r.Name)
	for _, a := range r.Actions {
		var err error
		switch {
		case a.S3Action != nil:
			err = s.cfg.AllowService(principal, "s3:PutObject", "arn:aws:s3:::"+a.S3Action.BucketName+"/"+a.S3Action.ObjectKeyPrefix+id, source)
		case a.LambdaAction != nil:
			err = s.cfg.AllowService(principal, "lambda:InvokeFunction", a.LambdaAction.FunctionArn, source)
		}
		if err != nil {
			return fmt.Errorf("receipt rule %s is not permitted: %w", r.Name, err)
		}
	}
	return nil
}

// play does one rule's actions in order; stop ends the rule set.
func (s *Service) play(r ReceiptRule, m *received, rcpt []string) (stop bool, err error) {
	for _, a := range r.Actions {
		switch {
		case a.S3Action != nil:
			if err := s.cfg.PutObject(a.S3Action.BucketName, a.S3Action.ObjectKeyPrefix+m.id, m.copy(r.ScanEnabled)); err != nil {
				return false, err
			}
		case a.LambdaAction != nil:
			payload, err := json.Marshal(m.event(*a.LambdaAction, rcpt, r.ScanEnabled, s.cfg.Clock.Now()))
			if err != nil {
				return false, err
			}
			if a.LambdaAction.InvocationType != "RequestResponse" {
				if err := s.cfg.InvokeAsync(a.LambdaAction.FunctionArn, payload); err != nil {
					return false, err
				}
				continue
			}
			answer, err := s.cfg.Invoke(a.LambdaAction.FunctionArn, payload)
			if err != nil {
				return false, err
			}
			var d struct{ Disposition string }
			_ = json.Unmarshal(answer, &d) // anything else means CONTINUE
			switch d.Disposition {
			case "STOP_RULE":
				return false, nil
			case "STOP_RULE_SET":
				return true, nil
			}
		case a.StopAction != nil:
			return true, nil
		}
	}
	return false, nil
}

// received is a message with what SES finds out about it.
type received struct {
	incoming
	id       string
	at       time.Time
	verdicts map[string]string
	fields   []field // without the test header
	rest     []byte
	region   string
}

// verdictHeader sets verdicts for a test: "spam=FAIL; dmarc=PASS".
const verdictHeader = "X-Local-Verdicts"

func (s *Service) prepare(in incoming, id string, now time.Time) *received {
	m := &received{incoming: in, id: id, at: now, region: s.cfg.Region,
		verdicts: map[string]string{"spam": "PASS", "virus": "PASS", "spf": "PASS", "dkim": "PASS", "dmarc": "PASS"}}
	fields, rest := splitHeader(in.raw)
	for _, part := range strings.Split(get(fields, verdictHeader), ";") {
		if name, v, ok := strings.Cut(part, "="); ok {
			m.verdicts[strings.ToLower(strings.TrimSpace(name))] = strings.ToUpper(strings.TrimSpace(v))
		}
	}
	m.fields = slices.DeleteFunc(fields, func(f field) bool { return strings.EqualFold(f.name, verdictHeader) })
	m.rest = rest
	if net.ParseIP(m.ip) == nil {
		m.ip = "127.0.0.1"
	}
	return m
}

// added are the headers that SES puts on top of a received message.
// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
func (m *received) added(scanned bool) []field {
	result := func(name string) string {
		switch v := m.verdicts[name]; v {
		case "PASS", "FAIL":
			return strings.ToLower(v)
		case "PROCESSING_FAILED":
			return "temperror"
		}
		return "none"
	}
	author := domainOf(bare(get(m.fields, "From")))
	out := []field{
		{name: "Return-Path", value: "<" + m.from + ">"},
		{name: "Received", value: fmt.Sprintf("from %s (%s [%s])\r\n by inbound-smtp.%s.amazonaws.com with SMTP id %s\r\n for %s;\r\n %s",
			m.helo, m.helo, m.ip, m.region, m.id, m.rcpt[0], m.at.Format("Mon, 02 Jan 2006 15:04:05 +0000 (UTC)"))},
	}
	if scanned {
		out = append(out, field{name: "X-SES-Spam-Verdict", value: m.verdicts["spam"]}, field{name: "X-SES-Virus-Verdict", value: m.verdicts["virus"]})
	}
	return append(out,
		field{name: "Received-SPF", value: fmt.Sprintf("%s (spfCheck: %s) client-ip=%s; envelope-from=%s; helo=%s;", result("spf"), domainOf(m.from), m.ip, m.from, m.helo)},
		field{name: "Authentication-Results", value: fmt.Sprintf("amazonses.com;\r\n spf=%s (spfCheck: %s) client-ip=%s; envelope-from=%s; helo=%s;\r\n dkim=%s header.i=@%s;\r\n dmarc=%s header.from=%s;",
			result("spf"), domainOf(m.from), m.ip, m.from, m.helo, result("dkim"), author, result("dmarc"), author)})
}

// copy is the message as the S3 action stores it.
func (m *received) copy(scanned bool) []byte { return rebuild(m.added(scanned), m.fields, m.rest) }
