package mail

import (
	"strings"
)

// judgement gathers what is known of one message while its kind is decided.
type judgement struct {
	m       *Message
	fields  fieldsOf
	reports []report
	env     Envelope

	rootType   string
	reportType string
}

// classify fills Kind, KindEvidence, IsAutomatic and Bounce.
func (m *Message) classify(fields fieldsOf, reports []report, env Envelope) {
	j := &judgement{m: m, fields: fields, reports: reports, env: env}
	kind, params := mediaType(fields.firstRaw("Content-Type"))
	j.rootType, j.reportType = kind, strings.ToLower(params["report-type"])
	switch {
	case j.isReceipt():
		m.Kind = AutoReply
	case j.isBounce():
		m.Kind = Bounced
		m.Bounce = readBounce(m, fields, reports)
	case j.isAutoReply():
		m.Kind = AutoReply
	case j.isList():
		m.Kind = List
	default:
		m.Kind = Human
	}
	m.IsAutomatic = m.Kind != Human
	j.suppress()
}

func (j *judgement) evidence(text string) bool {
	text = clip(cleanLine(text), 200)
	for _, have := range j.m.KindEvidence {
		if have == text {
			return true
		}
	}
	if len(j.m.KindEvidence) < MaxEvidence {
		j.m.KindEvidence = append(j.m.KindEvidence, text)
	}
	return true
}

func (j *judgement) field(name string) bool {
	if !j.fields.has(name) {
		return false
	}
	return j.evidence(name + ": " + j.fields.first(name))
}

// isReceipt knows read receipts (RFC 8098): a report, but an answer of a person's program, not a bounce.
func (j *judgement) isReceipt() bool {
	if j.rootType != "multipart/report" && j.reportType == "" {
		return false
	}
	if j.reportType == "disposition-notification" {
		return j.evidence("report-type: disposition-notification")
	}
	for _, r := range j.reports {
		if r.kind == "message/disposition-notification" {
			return j.evidence("part: message/disposition-notification")
		}
	}
	return false
}

var (
	daemonLocal = lazy(`(?i)^"?(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|post[-_.]?master|mail[-_.]?delivery.*|maildelivery.*|mmdf|post_?office|mailsystem|mail-system|mail[-_.]?admin|bounces?|bounced[-_.]?mail|majordomo-owner|root-bounce|double-bounce|uucp|mx[-_.]?daemon|system-?attendant|nobody-bounce|microsoftexchange[0-9a-f]{10,})(?:[-+=_.].*)?"?$`)
	daemonName  = lazy(`(?i)mail(?:er)?[- ]?(?:delivery|daemon|system)|^postmaster|undeliver|system administrator|bounce handler|internet mail delivery|mail delivery sub`)

	bounceSubject = lazy(`(?i)undeliver(?:able|ed)|non[- ]?delivered|delivery (?:status notification|failure|notification|problem|report|error|has failed|delayed|incomplete|unsuccessful)|` +
		`mail delivery (?:failed|failure|error|problem|status|system|delayed|report|subsystem)|mail (?:could not|can ?not) be delivered|failure (?:notice|delivery)|failed (?:delivery|mail)|delivery failed|returned (?:mail|to sender|e-?mail)|` +
		`mail system error|could not (?:send|deliver) (?:the )?(?:message|mail)|message (?:not delivered|status - undeliverable|delivery (?:failure|has been delayed))|warning: (?:could not send|message .{1,40}delayed)|` +
		`unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|zustellfehler|mail nicht zugestellt|übermittlungsfehler|échec de la (?:remise|livraison|distribution)|non remis|message non distribu|` +
		`no se (?:pudo|ha podido) entregar|no entregado|entrega (?:fallida|no)|mancato recapito|non recapitabile|impossibile (?:recapitare|consegnare)|onbestelbaar|niet (?:worden )?bezorgd|` +
		`não (?:pôde ser )?entreg|falha na entrega|olevererbart|kunde inte levereras|kunne ikke leveres|nie można dostarczyć|niedoręcz|недоставленн|не доставлено|не может быть доставлен|` +
		`退信|投递失败|系统退信|メールエラー|エラー通知|loop alert: duplicated|complaint about message from|配信(?:不能|エラー|できません)|送信エラー|undelivered mail|user unknown|unknown user|nondeliverable|rejected mail|mail rejected|error (?:sending|delivering) (?:mail|message)|e-?mail (?:delivery failure|could not be delivered)|mailbox (?:full|unavailable)`)

	bounceBody = lazy(`(?i)(?:could not|cannot|can't|couldn't|can not|unable to|wasn't able to|was not able to|not) (?:be )?(?:deliver|relay|accept|send|reach)|(?:user|recipient|mailbox|account|address|host|domain)(?: name)?(?:s)? (?:is |was )?(?:unknown|not found|unavailable|rejected|full|over quota|disabled|inactive|does not exist|doesn't exist)|` +
		`unknown (?:user|recipient|local|address|host)|no such (?:user|recipient|mailbox|address|person|account)|permanent (?:fatal )?(?:error|failure)|delivery (?:has )?failed|undeliver|returned to (?:the )?sender|over quota|quota exceeded|\b[45]\.\d{1,3}\.\d{1,3}\b|\b55\d[ -]|\b45\d[ -]|550|` +
		`message (?:was )?(?:rejected|refused|delayed)|mail transport error|this is a permanent error|host unknown|name server|unroutable|relaying denied|relay not permitted|duplicated message-id|still being retried|not (?:yet )?been delivered|non[- ]?existent|doesn.t have a .{1,40} account|連絡|届け|配信|送信でき|退回|nicht zugestellt`)
)

// complaintSubject is Outlook.com's: its complaints are no feedback reports (https://sendersupport.olc.protection.outlook.com/pm/).
var complaintSubject = lazy(`(?i)^\s*complaint about message from [0-9a-f.:]+\s*$`)

// isBounce tries the sure signs first (RFC 3464 and RFC 5965 reports, X-Failed-Recipients), then daemons and subjects.
func (j *judgement) isBounce() bool {
	if j.reportType == "delivery-status" || j.reportType == "feedback-report" {
		return j.evidence("report-type: " + j.reportType)
	}
	for _, r := range j.reports {
		switch r.kind {
		case "message/delivery-status", "message/global-delivery-status", "message/feedback-report":
			return j.evidence("part: " + r.kind)
		}
	}
	if j.rootType == "multipart/report" && j.reportType == "" {
		return j.evidence("Content-Type: multipart/report")
	}
	if j.field("X-Failed-Recipients") || j.field("X-Apple-Unsubscribe") {
		return true
	}
	returned := false
	for _, r := range j.reports {
		returned = returned || r.kind == "message/rfc822" || r.kind == "text/rfc822-headers"
	}
	if returned && complaintSubject.MatchString(j.m.Subject) {
		return j.evidence("Subject: " + j.m.Subject)
	}
	subject := bounceSubject.MatchString(j.m.Subject)
	daemon := j.daemon()
	null := j.nullPath()
	head := clipBytes(j.m.FullText, 8<<10)
	body := bounceBody.MatchString(head)
	switch {
	case subject && (daemon || null):
		return j.evidence("Subject: " + j.m.Subject)
	case daemon && body && !j.vacation():
		return j.evidence("From: " + j.m.From.String())
	case subject && body && (returned || looksReturned(head)):
		return j.evidence("Subject: " + j.m.Subject)
	}
	return false
}

// daemon tells whether a mail system, not a person, sent this.
func (j *judgement) daemon() bool {
	for _, a := range []Address{j.m.From, j.m.Sender} {
		local, _, _ := strings.Cut(a.Email, "@")
		if local != "" && daemonLocal.MatchString(local) || a.Name != "" && daemonName.MatchString(a.Name) {
			return true
		}
	}
	return false
}

// nullPath tells whether the envelope sender was empty (RFC 5321, 4.5.5).
func (j *judgement) nullPath() bool {
	if len(j.env.Recipients) > 0 && strings.Trim(j.env.From, "<> ") == "" {
		return true
	}
	for _, v := range j.fields.allRaw("Return-Path") {
		if v = strings.TrimSpace(v); v == "<>" {
			return true
		}
	}
	return false
}

var returnedMark = lazy(`(?im)^[\s>*-]*(?:(?:original|returned|undelivered|unsent) (?:message|mail)|transcript of session|message headers?|the following address|below this line is|received: |return-path: |\s*-+ ?(?:this is a copy|transcript|included is|the following))`)

func looksReturned(text string) bool { return returnedMark.MatchString(text) }

// vacation answers come from daemons too.
func (j *judgement) vacation() bool { return awaySubject.MatchString(j.m.Subject) }

var awaySubject = lazy(`(?i)^\s*(?:(?:re|aw|sv|fwd?)\s*:\s*)?(?:\[?auto(?:matic|matische|matisch)?[- ]?(?:reply|response|responder|answer|antwort|replied)\b|auto\s*:|autoreply|autoresponse|automat\w*\s*(?:antwort|svar|odpowied|odpov)|automatisch(?:e[sr]?)? (?:antwort|antwoord|beantwoord)|` +
	`réponse automatique|respuesta automática|risposta automatica|resposta automática|automaattinen vastaus|automatyczna odpowiedź|automatická odpověď|автоответ|автоматический ответ|自动回复|自動回覆|自動返信|자동 ?응답|` +
	`out[- ]of[- ](?:the[- ])?office|away from (?:my|the) (?:office|mail|desk)|on vacation|vacation (?:reply|response|message)|abwesen(?:heit|d)|abwesenheits\w*|nicht im (?:büro|haus)|urlaub|` +
	`absence du bureau|absent du bureau|je suis absent|fuera de (?:la )?oficina|ausente de la oficina|fuori sede|assente dall'ufficio|afwezig|niet op kantoor|ausência|ausente do escritório|fora do escritório|frånvaro|fraværende|ikke til stede|poissa|` +
	`nieobecno|poza biurem|mimo kancelář|нет на месте|отсутств|esmu prom|prombūtn|.{0,40}automatisk\S* atbilde|מענה|תגובה אוטומטית|atrodos ārpus|\[?auto-?reply\]?|i am away|i'm away|currently out of)`)

// isAutoReply: RFC 3834 first, then what came before it.
func (j *judgement) isAutoReply() bool {
	if v := strings.ToLower(j.fields.first("Auto-Submitted")); v != "" {
		word := strings.TrimSpace(strings.SplitN(v, ";", 2)[0])
		word, _, _ = strings.Cut(word, " ")
		if word != "no" && word != "" {
			if strings.HasPrefix(word, "auto-replied") || !j.hasListHeader() {
				return j.evidence("Auto-Submitted: " + v)
			}
		}
	}
	for _, name := range []string{"X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder", "X-Autoreply-From", "X-AutoReply-From", "X-Mail-Autoreply", "X-Vacation", "X-Away",
		"X-Autogenerated", "X-Mailer-Autoreply", "X-Auto-Reply-From", "X-FC-MachineGenerated"} {
		v := strings.ToLower(j.fields.first(name))
		if j.fields.has(name) && v != "no" && v != "false" && v != "0" {
			return j.field(name)
		}
	}
	if p := strings.ToLower(j.fields.first("Precedence")); p == "auto_reply" || p == "auto-reply" || p == "autoreply" {
		return j.field("Precedence")
	}
	if p := strings.ToLower(j.fields.first("X-Precedence")); p == "auto_reply" {
		return j.field("X-Precedence")
	}
	if awaySubject.MatchString(j.m.Subject) {
		return j.evidence("Subject: " + j.m.Subject)
	}
	return false
}

var listFields = []string{"List-Id", "List-Post", "List-Help", "List-Subscribe", "List-Unsubscribe", "List-Owner", "List-Archive", "Mailing-List", "X-Mailing-List", "X-Mailman-Version",
	"X-ML-Name", "X-Ml-Count", "X-List-Id", "X-BeenThere", "X-Listserver", "X-Loop-List", "X-Campaign", "X-CampaignId", "X-Campaign-Id", "X-Mailer-Campaign", "X-CSA-Complaints"}

func (j *judgement) hasListHeader() bool {
	for _, name := range listFields {
		if j.fields.has(name) {
			return true
		}
	}
	return false
}

func (j *judgement) isList() bool {
	for _, name := range listFields {
		if j.field(name) {
			return true
		}
	}
	switch strings.ToLower(strings.TrimSpace(j.fields.first("Precedence"))) {
	case "bulk", "list", "junk":
		return j.field("Precedence")
	}
	return false
}

// robotLocal are local parts nobody reads.
var robotLocal = lazy(`(?i)^(?:robot|cron|null|devnull|daemon|listserv|majordomo|mailman|(?:.*[-_.+])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|donotreply|noreply|no[-_.]?response|nepasrepondre|ne[-_.]pas[-_.]repondre|nicht[-_.]?antworten|no[-_.]?responder|naoresponda|nao[-_.]responda|noresponder|noreturn|auto[-_.]?confirm|auto[-_.]?mailer|auto[-_.]?responder|autoreply|auto[-_.]?reply))(?:[-_.+].*|\d*)?$`)

// suppress tells whether an automatic answer must not be sent to this message, whatever its kind (RFC 3834, 2).
func (j *judgement) suppress() {
	automatic := false
	note := func(yes bool) { automatic = automatic || yes }
	if v := strings.ToLower(strings.TrimSpace(j.fields.first("Auto-Submitted"))); v != "" && v != "no" && !strings.HasPrefix(v, "no;") && !strings.HasPrefix(v, "no ") {
		note(j.field("Auto-Submitted"))
	}
	switch p := strings.ToLower(strings.TrimSpace(j.fields.first("Precedence"))); p {
	case "bulk", "junk", "list", "auto_reply", "auto-reply":
		note(j.field("Precedence"))
	}
	if v := strings.ToLower(j.fields.first("X-Auto-Response-Suppress")); v != "" && v != "none" {
		note(j.field("X-Auto-Response-Suppress"))
	}
	if j.hasListHeader() {
		for _, name := range listFields {
			note(j.field(name))
		}
	}
	note(j.field(LoopHeader))
	for _, name := range []string{"X-Loop", "X-Failed-Recipients"} {
		note(j.field(name))
	}
	if j.rootType == "multipart/report" {
		note(j.evidence("Content-Type: multipart/report"))
	}
	if j.nullPath() {
		note(j.evidence("empty envelope sender"))
	}
	// The answer goes to Reply-To, but a robot that sets one still is a robot.
	senders := append([]Address{j.m.From, j.m.Sender}, j.m.ReplyTo...)
	if at := strings.LastIndexByte(j.env.From, '@'); at > 0 {
		senders = append(senders, Address{Email: strings.ToLower(j.env.From)})
	}
	for _, a := range senders {
		local := a.Email
		if at := strings.LastIndexByte(local, '@'); at >= 0 {
			local = local[:at]
		}
		if local != "" && (robotLocal.MatchString(local) || daemonLocal.MatchString(local) && !strings.HasPrefix(local, "bounce")) {
			note(j.evidence("sender: " + a.Email))
		}
	}
	j.m.IsAutomatic = j.m.IsAutomatic || automatic
}
