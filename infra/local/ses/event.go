package ses

import (
	"strings"
	"time"
)

// The event of a Lambda action, as SES writes it.
// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
type (
	lambdaEvent struct {
		Records []lambdaRecord `json:"Records"`
	}
	lambdaRecord struct {
		EventSource  string `json:"eventSource"`
		EventVersion string `json:"eventVersion"`
		SES          struct {
			Mail    eventMail    `json:"mail"`
			Receipt eventReceipt `json:"receipt"`
		} `json:"ses"`
	}
	eventMail struct {
		Timestamp        string        `json:"timestamp"`
		Source           string        `json:"source"`
		MessageID        string        `json:"messageId"`
		Destination      []string      `json:"destination"`
		HeadersTruncated bool          `json:"headersTruncated"`
		Headers          []eventHeader `json:"headers"`
		CommonHeaders    commonHeaders `json:"commonHeaders"`
	}
	eventHeader struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	commonHeaders struct {
		ReturnPath string   `json:"returnPath"`
		From       []string `json:"from,omitempty"`
		ReplyTo    []string `json:"replyTo,omitempty"`
		Sender     string   `json:"sender,omitempty"`
		Date       string   `json:"date,omitempty"`
		To         []string `json:"to,omitempty"`
		Cc         []string `json:"cc,omitempty"`
		MessageID  string   `json:"messageId,omitempty"`
		Subject    string   `json:"subject,omitempty"`
	}
	eventReceipt struct {
		Timestamp            string      `json:"timestamp"`
		ProcessingTimeMillis int64       `json:"processingTimeMillis"`
		Recipients           []string    `json:"recipients"`
		SpamVerdict          verdict     `json:"spamVerdict"`
		VirusVerdict         verdict     `json:"virusVerdict"`
		SPFVerdict           verdict     `json:"spfVerdict"`
		DKIMVerdict          verdict     `json:"dkimVerdict"`
		DMARCVerdict         verdict     `json:"dmarcVerdict"`
		DMARCPolicy          string      `json:"dmarcPolicy,omitempty"`
		Action               eventAction `json:"action"`
	}
	verdict struct {
		Status string `json:"status"`
	}
	eventAction struct {
		Type           string `json:"type"`
		FunctionARN    string `json:"functionArn"`
		InvocationType string `json:"invocationType"`
	}
)

// maxEventHeaders is where SES cuts the list of headers, in bytes.
const maxEventHeaders = 10 << 10

func (m *received) event(a LambdaAction, rcpt []string, scanned bool, now time.Time) lambdaEvent {
	const stamp = "2006-01-02T15:04:05.000Z"
	if a.InvocationType == "" {
		a.InvocationType = "Event"
	}
	mail := eventMail{Timestamp: m.at.Format(stamp), Source: m.from, MessageID: m.id, Destination: []string{}, Headers: []eventHeader{}}
	size := 0
	for _, f := range append(m.added(scanned), m.fields...) {
		h := eventHeader{f.name, strings.ReplaceAll(f.value, "\r\n", "")}
		if size += len(h.Name) + len(h.Value); size > maxEventHeaders {
			mail.HeadersTruncated = true
			break
		}
		mail.Headers = append(mail.Headers, h)
	}
	list := func(name string) []string {
		v := get(m.fields, name)
		if v == "" {
			return nil
		}
		parsed, err := addressParser.ParseList(v)
		if err != nil {
			return []string{decodeWords(v)}
		}
		var out []string
		for _, p := range parsed {
			text := p.Address
			if p.Name != "" {
				text = p.Name + " <" + p.Address + ">"
			}
			out = append(out, text)
		}
		return out
	}
	mail.CommonHeaders = commonHeaders{ReturnPath: m.from, From: list("From"), ReplyTo: list("Reply-To"), Sender: decodeWords(get(m.fields, "Sender")),
		Date: get(m.fields, "Date"), To: list("To"), Cc: list("Cc"), MessageID: get(m.fields, "Message-ID"), Subject: decodeWords(get(m.fields, "Subject"))}
	mail.Destination = append(mail.Destination, addresses(get(m.fields, "To"))...)
	mail.Destination = append(mail.Destination, addresses(get(m.fields, "Cc"))...)
	status := func(name string, on bool) verdict {
		if !on {
			return verdict{"DISABLED"}
		}
		return verdict{m.verdicts[name]}
	}
	r := lambdaRecord{EventSource: "aws:ses", EventVersion: "1.0"}
	r.SES.Mail = mail
	r.SES.Receipt = eventReceipt{Timestamp: m.at.Format(stamp), ProcessingTimeMillis: max(now.Sub(m.at).Milliseconds(), 0), Recipients: rcpt,
		SpamVerdict: status("spam", scanned), VirusVerdict: status("virus", scanned),
		SPFVerdict: status("spf", true), DKIMVerdict: status("dkim", true), DMARCVerdict: status("dmarc", true),
		Action: eventAction{"Lambda", a.FunctionArn, a.InvocationType}}
	if m.verdicts["dmarc"] == "FAIL" {
		r.SES.Receipt.DMARCPolicy = "none"
		if p := m.verdicts["dmarcpolicy"]; p != "" {
			r.SES.Receipt.DMARCPolicy = strings.ToLower(p)
		}
	}
	return lambdaEvent{Records: []lambdaRecord{r}}
}
