package ses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

type content struct {
	Data    string
	Charset string
}

type attachment struct {
	FileName                string
	RawContent              []byte
	ContentType             string
	ContentDisposition      string
	ContentId               string
	ContentDescription      string
	ContentTransferEncoding string
}

type simple struct {
	Subject *content
	Body    struct{ Text, Html *content }
	Headers []struct{ Name, Value string }

	Attachments []attachment
}

// sendRequest has the members of SendEmail that are played; any other is refused.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
type sendRequest struct {
	FromEmailAddress string
	Destination      struct{ ToAddresses, CcAddresses, BccAddresses []string }
	ReplyToAddresses []string
	Content          struct {
		Raw    *struct{ Data []byte }
		Simple *simple
	}
	FeedbackForwardingEmailAddress string
	EmailTags                      []struct{ Name, Value string }
	ConfigurationSetName           string
	ConfigurationOverrides         json.RawMessage // of tracking, which there is none of here
}

func (s *Service) sendEmail(c *awshttp.Call) (any, error) {
	var in sendRequest
	dec := json.NewDecoder(bytes.NewReader(c.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, badRequest("the local stack does not take this SendEmail: " + err.Error())
	}
	if (in.Content.Raw == nil) == (in.Content.Simple == nil) {
		return nil, badRequest("Content must have exactly one of Raw and Simple here")
	}
	now := s.cfg.Clock.Now()
	id := sentID(now)
	var raw []byte
	var err error
	action := "ses:SendEmail"
	if in.Content.Raw != nil {
		action = "ses:SendRawEmail"
		raw = in.Content.Raw.Data
	} else if raw, err = in.compose(now); err != nil {
		return nil, err
	}
	fields, rest := splitHeader(raw)
	from := in.FromEmailAddress
	if from == "" {
		from = get(fields, "From")
	}
	if from == "" {
		return nil, badRequest("Missing required header 'From'.")
	}
	sender, err := addressParser.Parse(from)
	if err != nil {
		return nil, badRequest("Invalid From address: " + from)
	}
	if err := s.mayUse(c, action, sender.Address, in.ConfigurationSetName); err != nil {
		return nil, err
	}
	set, err := s.configurationSet(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	to, err := in.recipients(fields)
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxSent {
		return nil, &awshttp.Error{Code: "MessageRejected", Message: fmt.Sprintf("Message length is more than %d bytes long: '%d'.", MaxSent, len(raw))}
	}
	first := []field{
		{name: "Message-ID", value: "<" + id + "@" + s.mailDomain() + ">"},
		{name: "Date", value: now.Format("Mon, 2 Jan 2006 15:04:05 -0700")},
	}
	drop := []string{"Message-ID", "Date", "Bcc", "Return-Path", "X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS"}
	if in.FromEmailAddress != "" && get(fields, "From") == "" {
		first = append(first, field{name: "From", value: in.FromEmailAddress})
	}
	raw = rebuild(first, fields, rest, drop...)
	if err := s.keep(id, now, strings.ToLower(sender.Address), to, raw); err != nil {
		return nil, err
	}
	s.publish(set, &in, id, strings.ToLower(sender.Address), to, raw, c.Caller.ARN)
	return map[string]string{"MessageId": id}, nil
}

func (s *Service) mailDomain() string {
	if s.cfg.Region == "us-east-1" {
		return "email.amazonses.com"
	}
	return s.cfg.Region + ".amazonses.com"
}

// mayUse asks IAM for the identity, which is the address's domain or the address
// itself, and for the configuration set; and looks whether the identity is verified.
func (s *Service) mayUse(c *awshttp.Call, action, address, set string) error {
	address = strings.ToLower(address)
	context := map[string]string{"ses:FromAddress": address, "ses:ApiVersion": "2"}
	if err := c.Allow(action, s.arn("identity", domainOf(address)), context); err != nil {
		if c.Allow(action, s.arn("identity", address), context) != nil {
			return err
		}
	}
	if set != "" {
		if err := c.Allow(action, s.arn("configuration-set", set), context); err != nil {
			return err
		}
	}
	known, err := s.identities()
	if err != nil || len(s.cfg.Identities) == 0 && !s.unverified(address) {
		return err
	}
	for _, k := range known {
		k = strings.ToLower(k)
		if !s.unverified(k) && (k == address || k == domainOf(address) || !strings.Contains(k, "@") && strings.HasSuffix(domainOf(address), "."+k)) {
			return nil
		}
	}
	return &awshttp.Error{Code: "MessageRejected", Message: fmt.Sprintf(
		"Email address is not verified. The following identities failed the check in region %s: %s", strings.ToUpper(s.cfg.Region), address)}
}

// recipients are the envelope's: the destination where it is given, else the headers of a raw message.
func (in *sendRequest) recipients(fields []field) ([]string, error) {
	d := in.Destination
	list := slices.Concat(d.ToAddresses, d.CcAddresses, d.BccAddresses)
	if len(list) == 0 && in.Content.Raw != nil {
		for _, h := range []string{"To", "Cc", "Bcc"} {
			for _, f := range fields {
				if strings.EqualFold(f.name, h) {
					parsed, err := addressParser.ParseList(f.value)
					if err != nil {
						return nil, badRequest("Invalid " + h + " header: " + err.Error())
					}
					for _, a := range parsed {
						list = append(list, a.Address)
					}
				}
			}
		}
	}
	if len(list) == 0 {
		return nil, badRequest("Destination is missing: there are no recipients")
	}
	if len(list) > MaxRecipients {
		return nil, badRequest(fmt.Sprintf("Recipient count exceeds %d.", MaxRecipients))
	}
	out := []string{}
	for _, a := range list {
		p, err := addressParser.Parse(a)
		if err != nil || !strings.Contains(p.Address, "@") {
			return nil, badRequest("Illegal address: " + a)
		}
		if low := strings.ToLower(p.Address); !slices.Contains(out, low) {
			out = append(out, low)
		}
	}
	return out, nil
}

// Headers of Simple content that SES sets itself, and the limits of the others.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
var ownHeaders = []string{"from", "to", "cc", "bcc", "subject", "date", "message-id", "reply-to", "return-path", "sender", "mime-version", "content-type",
	"content-transfer-encoding", "content-disposition", "dkim-signature", "received"}

func (in *sendRequest) checkHeaders() error {
	h := in.Content.Simple.Headers
	if len(h) > 15 {
		return badRequest("Too many headers: at most 15")
	}
	for _, f := range h {
		switch {
		case f.Name == "" || len(f.Name) > 126 || len(f.Value) > 995 || len(f.Name)+len(f.Value) > 996:
			return badRequest("Header " + f.Name + ": name up to 126, value up to 995, both up to 996 characters")
		case slices.Contains(ownHeaders, strings.ToLower(f.Name)):
			return badRequest("Header " + f.Name + " is set by SES and cannot be given")
		case strings.ContainsAny(f.Name, " :\r\n") || strings.ContainsAny(f.Value, "\r\n"):
			return badRequest("Header " + f.Name + " has characters that are not allowed")
		}
		for _, r := range f.Name + f.Value {
			if r > 126 || r < 32 {
				return badRequest("Header " + f.Name + " must be printable ASCII")
			}
		}
	}
	return nil
}

func (in *sendRequest) compose(now time.Time) ([]byte, error) {
	m := in.Content.Simple
	if m.Subject == nil {
		return nil, badRequest("Simple content needs a Subject")
	}
	if m.Body.Text == nil && m.Body.Html == nil {
		return nil, badRequest("Simple content needs a Text or Html body")
	}
	if strings.ContainsAny(m.Subject.Data, "\r\n") {
		return nil, badRequest("Subject must not have line breaks")
	}
	if err := in.checkHeaders(); err != nil {
		return nil, err
	}
	d := draft{Subject: m.Subject.Data, Date: now, Attachments: m.Attachments}
	if m.Body.Text != nil {
		d.Text = &m.Body.Text.Data
	}
	if m.Body.Html != nil {
		d.HTML = &m.Body.Html.Data
	}
	for _, part := range []struct {
		name string
		list []string
	}{{"From", []string{in.FromEmailAddress}}, {"To", in.Destination.ToAddresses}, {"Cc", in.Destination.CcAddresses}, {"Reply-To", in.ReplyToAddresses}} {
		var list []string
		for _, a := range part.list {
			p, err := addressParser.Parse(a)
			if err != nil {
				return nil, badRequest("Illegal address: " + a)
			}
			list = append(list, (&mail.Address{Name: p.Name, Address: p.Address}).String())
		}
		if len(list) > 0 {
			d.Headers = append(d.Headers, field{name: part.name, value: strings.Join(list, ",\r\n ")})
		}
	}
	for _, f := range m.Headers {
		d.Headers = append(d.Headers, field{name: f.Name, value: f.Value})
	}
	return d.bytes()
}
