// Package ses plays Amazon SES for the local stack, both ways. What functions send
// goes nowhere but into a durable mailbox, with JSON for tests and pages for people;
// what comes in over SMTP plays the receipt rules of the template: into S3 and on to
// a Lambda function, with the event that SES makes. No mail ever leaves the machine.
//
// Supported (SES v2): SendEmail with Raw and Simple content (attachments, headers,
// tags, Bcc), GetAccount, GetEmailIdentity, CreateEmailIdentity, ListEmailIdentities.
// Supported (SES v1): the receipt rule sets: ListReceiptRuleSets, DescribeReceiptRuleSet,
// DescribeActiveReceiptRuleSet, SetActiveReceiptRuleSet, CreateReceiptRuleSet.
// Receiving: rules in order, recipients by address, domain and sub-domain, the S3,
// Lambda (Event and RequestResponse) and Stop actions, scan verdicts by a test header.
// Partly: every identity counts as verified unless Config.Identities names some, or
// Config.Unverified names its domain.
// Configuration sets tell EventBridge what becomes of mail: everything is delivered, but
// for the mailbox simulator's bounce@, complaint@ and suppressionlist@.
// Not: templates, bulk sending, list management, suppression, other event destinations,
// SNS, WorkMail and add-header actions. Sent mail does not come back in.
//
// Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/Welcome.html
// and https://docs.aws.amazon.com/ses/latest/dg/receiving-email.html
package ses

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// Limits. https://docs.aws.amazon.com/ses/latest/dg/quotas.html
const (
	MaxRecipients = 50       // of one sent message
	MaxSent       = 40 << 20 // bytes after encoding
	MaxReceived   = 40 << 20 // bytes, of the S3 action
)

// Config is what New needs. The callbacks are needed for receiving only.
type Config struct {
	DB         *disk.DB
	Clock      *clock.Clock
	Account    string
	Region     string
	Identities []string // verified addresses and domains; none: everything is verified
	Unverified []string // domains that are not, whatever Identities says
	Sandbox    bool     // what GetAccount says of production access; mail goes out all the same
	RuleSet    string   // name of the active receipt rule set
	Rules      []ReceiptRule
	Inboxes    []string // addresses that the compose form suggests

	// ConfigurationSets that mail may be sent with; none: every name is one.
	ConfigurationSets []ConfigurationSet
	// PutEvent gives an event to a bus of EventBridge, durably.
	PutEvent func(bus string, e Event) error
	// Moved is called when the clock was moved, before the request that did is answered; may be nil.
	Moved func()

	// PutObject stores a received message, durably.
	PutObject func(bucket, key string, body []byte) error
	// InvokeAsync hands an Event invocation over, durably.
	InvokeAsync func(functionARN string, payload []byte) error
	// Invoke is for RequestResponse actions; it gives the function's answer.
	Invoke func(functionARN string, payload []byte) ([]byte, error)
	// AllowService asks the bucket's or function's resource policy.
	AllowService func(servicePrincipal, action, resource, sourceARN string) error
}

// Service is an awshttp.Service; Handler and ServeSMTP are its other faces.
type Service struct {
	cfg Config

	mu   sync.Mutex
	smtp closer
}

type closer interface{ Close() error }

// New opens the mailbox and checks the receipt rules.
func New(cfg Config) (*Service, error) {
	if err := cfg.DB.Buckets(mailBucket, rawBucket, idBucket, identityBucket, ruleSetBucket); err != nil {
		return nil, err
	}
	if cfg.RuleSet == "" {
		cfg.RuleSet = "default-rule-set"
	}
	for _, r := range cfg.Rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("receipt rule %s: %w", r.Name, err)
		}
	}
	for _, c := range cfg.ConfigurationSets {
		if err := c.check(cfg.Region, cfg.Account); err != nil {
			return nil, err
		}
	}
	return &Service{cfg: cfg}, nil
}

const identityBucket = "ses.identities"

// ServeAWS answers one call of the REST JSON protocol of SES v2, or of the Query
// protocol of v1.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	if c.HTTP.Method == http.MethodPost && c.HTTP.URL.Path == "/" {
		s.serveClassic(w, c)
		return
	}
	v, err := s.serve(c)
	if e := (*awshttp.Error)(nil); err != nil {
		e = awshttp.AsError(err)
		if e.Code == "AccessDeniedException" {
			e.Status = http.StatusForbidden
		}
		err = e
	}
	awshttp.WriteJSON(w, "application/json", v, err)
}

func (s *Service) serve(c *awshttp.Call) (any, error) {
	path := strings.TrimSuffix(c.HTTP.URL.EscapedPath(), "/")
	id, isIdentity := strings.CutPrefix(path, "/v2/email/identities/")
	switch method := c.HTTP.Method; {
	case method == http.MethodPost && path == "/v2/email/outbound-emails":
		return s.sendEmail(c)
	case method == http.MethodGet && path == "/v2/email/account":
		return s.getAccount(c)
	case method == http.MethodPost && path == "/v2/email/identities":
		return s.createIdentity(c)
	case method == http.MethodGet && path == "/v2/email/identities", method == http.MethodPost && path == "/v2/email/list-identities": // the older and the newer form
		return s.listIdentities(c)
	case method == http.MethodGet && isIdentity && !strings.Contains(id, "/"):
		name, err := url.PathUnescape(id)
		if err != nil {
			return nil, badRequest("identity: " + err.Error())
		}
		return s.getIdentity(c, name)
	}
	return nil, &awshttp.Error{Code: "UnknownOperationException", Status: http.StatusNotFound,
		Message: "the local stack does not play SES v2 " + c.HTTP.Method + " " + path}
}

func badRequest(text string) error {
	return &awshttp.Error{Code: "BadRequestException", Message: text}
}

func (s *Service) arn(kind, name string) string {
	return fmt.Sprintf("arn:aws:ses:%s:%s:%s/%s", s.cfg.Region, s.cfg.Account, kind, name)
}

func (s *Service) getAccount(c *awshttp.Call) (any, error) {
	if err := c.Allow("ses:GetAccount", "*", nil); err != nil {
		return nil, err
	}
	now := s.cfg.Clock.Now()
	sent := 0
	err := s.each(func(m *Mail) bool {
		if now.Sub(m.At) > 24*time.Hour {
			return false
		}
		sent++
		return true
	})
	return map[string]any{"ProductionAccessEnabled": !s.cfg.Sandbox, "SendingEnabled": true, "EnforcementStatus": "HEALTHY", "DedicatedIpAutoWarmupEnabled": false,
		"SendQuota": map[string]any{"Max24HourSend": 50000, "MaxSendRate": 14, "SentLast24Hours": sent}}, err
}

// identities are those of the configuration and those made on the wire.
func (s *Service) identities() ([]string, error) {
	out := append([]string(nil), s.cfg.Identities...)
	err := s.cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(identityBucket)).ForEach(func(k, _ []byte) error {
			out = append(out, string(k))
			return nil
		})
	})
	return out, err
}

func identityType(name string) string {
	if strings.Contains(name, "@") {
		return "EMAIL_ADDRESS"
	}
	return "DOMAIN"
}

func describeIdentity(name string, verified bool) map[string]any {
	status := "SUCCESS"
	if !verified {
		status = "PENDING"
	}
	return map[string]any{"IdentityType": identityType(name), "VerifiedForSendingStatus": verified, "VerificationStatus": status, "FeedbackForwardingStatus": true,
		"DkimAttributes": map[string]any{"SigningEnabled": true, "Status": status, "Tokens": []string{}}, "Policies": map[string]string{}, "Tags": []any{}}
}

// unverified tells whether an address or a domain is of Config.Unverified.
func (s *Service) unverified(name string) bool {
	domain := strings.ToLower(name)
	if strings.Contains(domain, "@") {
		domain = domainOf(domain)
	}
	return slices.ContainsFunc(s.cfg.Unverified, func(d string) bool {
		return strings.EqualFold(d, domain) || strings.HasSuffix(domain, "."+strings.ToLower(d))
	})
}

func (s *Service) getIdentity(c *awshttp.Call, name string) (any, error) {
	if err := c.Allow("ses:GetEmailIdentity", s.arn("identity", name), nil); err != nil {
		return nil, err
	}
	known, err := s.identities()
	if err != nil {
		return nil, err
	}
	made := slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) })
	if verified := !s.unverified(name); made || verified && len(s.cfg.Identities) == 0 {
		return describeIdentity(name, verified), nil
	}
	return nil, &awshttp.Error{Code: "NotFoundException", Status: http.StatusNotFound, Message: "Email identity " + name + " does not exist."}
}

func (s *Service) listIdentities(c *awshttp.Call) (any, error) {
	if err := c.Allow("ses:ListEmailIdentities", "*", nil); err != nil {
		return nil, err
	}
	known, err := s.identities()
	list := []map[string]any{}
	for _, name := range known {
		d := describeIdentity(name, !s.unverified(name))
		list = append(list, map[string]any{"IdentityName": name, "IdentityType": d["IdentityType"], "SendingEnabled": d["VerifiedForSendingStatus"], "VerificationStatus": d["VerificationStatus"]})
	}
	return map[string]any{"EmailIdentities": list}, err
}

func (s *Service) createIdentity(c *awshttp.Call) (any, error) {
	var in struct{ EmailIdentity string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name := strings.ToLower(in.EmailIdentity)
	if name == "" {
		return nil, badRequest("EmailIdentity is needed")
	}
	if err := c.Allow("ses:CreateEmailIdentity", s.arn("identity", name), nil); err != nil {
		return nil, err
	}
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(identityBucket))
		if b.Get([]byte(name)) != nil {
			return &awshttp.Error{Code: "AlreadyExistsException", Message: "Email identity " + name + " already exist."}
		}
		return disk.PutJSON(b, name, json.RawMessage("{}"))
	})
	if err != nil {
		return nil, err
	}
	d := describeIdentity(name, !s.unverified(name))
	return map[string]any{"IdentityType": d["IdentityType"], "VerifiedForSendingStatus": d["VerifiedForSendingStatus"], "DkimAttributes": d["DkimAttributes"]}, nil
}

// sentID has the form of SES's ids of sent mail: milliseconds, UUID, zeros.
func sentID(now time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	h := hex.EncodeToString(b[:])
	return fmt.Sprintf("01000%011x-%s-%s-%s-%s-%s-000000", now.UnixMilli(), h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// receivedID has the form of SES's ids of received mail: 40 small letters and digits.
func receivedID() string {
	return strings.ToLower(rand.Text() + rand.Text())[:40]
}
