package mail

import (
	"strings"
)

// readText finds in the header and the text what no report has told: home-made bounces.
func (b *Bounce) readText(m *Message, fields fieldsOf) {
	for _, v := range fields.all("X-Failed-Recipients") {
		list, _ := parseAddresses(v, "")
		for _, a := range list {
			b.add(FailedRecipient{Email: a.Email})
		}
	}
	if b.Complaint {
		return
	}
	text := clipBytes(m.FullText, 64<<10)
	head, returned := splitReturned(text)
	if strings.Contains(strings.ToLower(head), "final-recipient:") {
		b.readStatus([]byte(head))
	}
	if len(b.Recipients) == 0 {
		b.recipientsIn(head, m)
	}
	if returned != "" {
		b.readReturned([]byte(returned))
		if len(b.Recipients) == 0 {
			f, _, _ := readFields([]byte(returned))
			for _, name := range []string{"X-Failed-Recipients", "To"} {
				list, _ := parseAddresses(f.firstRaw(name), "")
				for _, a := range list {
					if strings.Contains(a.Email, "@") {
						b.add(FailedRecipient{Email: a.Email})
					}
				}
			}
		}
	}
	if b.Status == "" {
		b.Status = statusIn(head)
	}
	if b.Status == "" {
		b.Status = statusOfWords(m.Subject + "\n" + head)
		if strings.HasPrefix(b.Status, "4") && permanentWords.MatchString(head) {
			b.Status = "5" + b.Status[1:]
		}
	}
	if b.Status == "" && !delayedWords.MatchString(m.Subject+head) {
		b.Status = "5.0.0"
	}
	if b.Diagnostic == "" {
		for _, line := range strings.Split(head, "\n") {
			if diagnosticLine.MatchString(line) {
				b.Diagnostic = clip(cleanLine(line), 1000)
				break
			}
		}
	}
}

var (
	// returnedStart is where the mail that came back begins.
	returnedStart  = lazy(`(?im)^(?:[\s>*#=_-]*(?:original|returned|undelivered|unsent|below is (?:a copy of )?(?:the|your)(?: original)?|copy of (?:the|your)(?: original)?|included is a copy of|this is a copy of|start of returned|message header|message text|headers? of|the (?:original|header|first|following) .{0,30}(?:message|mail|header)).{0,60}[-:.=_]*\s*$|(?:Received|Return-Path|Message-ID):\s)`)
	headerLine     = lazy(`(?m)^[ \t>]*(?:Return-Path|Received|From|To|Subject|Message-ID|Date|MIME-Version|Content-Type|X-[A-Za-z-]+):\s?`)
	addressPattern = lazy(`[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?`)
	diagnosticLine = lazy(`\b[45]\d\d[ -]|\b[45]\.\d{1,3}\.\d{1,3}\b`)
)

// splitReturned cuts a bounce's text at the header of the mail that came back.
func splitReturned(text string) (head, returned string) {
	for _, at := range headerLine.FindAllStringIndex(text, 20) {
		rest := text[at[0]:]
		fields, _, _ := readFields([]byte(clipBytes(rest, 32<<10)))
		known := 0
		for _, name := range []string{"From", "To", "Subject", "Message-ID", "Date", "Received"} {
			if fields.has(name) {
				known++
			}
		}
		if known >= 3 {
			return text[:at[0]], rest
		}
	}
	if at := returnedStart.FindStringIndex(text); at != nil && at[0] > 0 {
		return text[:at[0]], ""
	}
	return text, ""
}

// recipientsIn takes the addresses out of the explanation, less those that sent or receive this bounce.
func (b *Bounce) recipientsIn(head string, m *Message) {
	doubtful := ""
	for _, line := range strings.SplitN(head, "\n", 500) {
		// The first address of a line is what it is about; what follows is the server's words.
		email := strings.ToLower(strings.Trim(addressPattern.FindString(clipBytes(line, 2000)), ".'"))
		local, domain, ok := strings.Cut(email, "@")
		if !ok || !strings.Contains(domain, ".") || email == b.From || senderLine.MatchString(line) {
			continue
		}
		if email == m.From.Email || addressee(email, m.To, m.Cc, m.ReplyTo) || daemonLocal.MatchString(local) {
			doubtful = or(doubtful, email)
			continue
		}
		b.add(FailedRecipient{Email: email, Status: statusIn(line)})
		if len(b.Recipients) >= 10 {
			return
		}
	}
	if len(b.Recipients) == 0 && doubtful != "" && doubtful != m.From.Email {
		b.add(FailedRecipient{Email: doubtful})
	}
}

// senderLine names who sent the mail that came back.
var senderLine = lazy(`(?i)^\s*(?:from|mail from|sender|reply-to|return-path|message-id|received|for (?:further|more|help|assistance)|contact|please)\b`)

var permanentWords = lazy(`(?i)failed permanently|permanent(?:ly)? (?:fatal )?(?:failure|error)|permanent failure`)

// statusWords gives the code RFC 3463 has for what servers say in words; the first that is found counts.
var statusWords = []struct {
	words  pattern
	status string
}{
	{lazy(`(?i)mailbox (?:is )?(?:full|exceed)|over (?:its )?quota|quota exceeded|exceeded (?:its |the )?(?:storage|quota|mailbox)|disk full|mailbox .{0,30}full|inbox is full`), "5.2.2"},
	{lazy(`(?i)host (?:unknown|not found)|unknown (?:host|domain)|domain .{0,60}(?:not found|does not exist)|name service error|no such domain|name or service not known|couldn't find any host|cannot resolve|unrouteable mail domain`), "5.1.2"},
	{lazy(`(?i)(?:user|recipient|mailbox|address|account|local part)\S* .{0,40}(?:unknown|not found|does ?n[o']t exist|invalid|rejected|no longer|disabled|inactive)|unknown (?:user|recipient|address|local)|no such (?:user|recipient|mailbox|address|person|account)|invalid (?:user|recipient|address|mailbox)|no mailbox|not listed in|unroutable address|doesn.t have (?:a|an) .{0,30}account`), "5.1.1"},
	{lazy(`(?i)message (?:size|too (?:large|big|long))|exceeds .{0,30}size|maximum .{0,20}size`), "5.3.4"},
	{lazy(`(?i)relay(?:ing)? (?:denied|not (?:permitted|allowed)|access denied)|spam|blacklist|blocked|denied by policy|policy (?:violation|reasons)|access denied|content rejected|virus`), "5.7.1"},
	{lazy(`(?i)connection (?:timed out|refused)|timed? ?out|could not be delivered for|still being retried|not (?:yet )?been delivered|will (?:keep|continue) trying|retry(?:ing)? for|temporar`), "4.4.7"},
	{lazy(`(?i)\b55[0-9]\b`), "5.0.0"},
	{lazy(`(?i)\b45[0-9]\b`), "4.0.0"},
}

func statusOfWords(text string) string {
	for _, w := range statusWords {
		if w.words.MatchString(text) {
			return w.status
		}
	}
	return ""
}
