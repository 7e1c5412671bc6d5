package ses

import (
	"errors"
	"net/http"
	"net/mail"
	"strings"
)

// composed is the form by which people without a mail program write to the desk.
type composed struct{ From, To, Subject, Text, InReplyTo, References string }

// replyTo is the answer that the first recipient of a sent mail would write.
func replyTo(m *Mail) composed {
	c := composed{Subject: m.Subject, To: m.From, InReplyTo: m.Headers["Message-ID"]}
	if len(m.To) > 0 {
		c.From = m.To[0]
	}
	for name, v := range m.Headers {
		switch strings.ToLower(name) {
		case "reply-to":
			if a := bare(v); a != "" {
				c.To = a
			}
		case "references":
			c.References = v
		}
	}
	c.References = strings.TrimSpace(c.References + " " + c.InReplyTo)
	if !strings.HasPrefix(strings.ToLower(c.Subject), "re:") {
		c.Subject = "Re: " + c.Subject
	}
	quoted := strings.TrimRight(m.Text, "\n")
	c.Text = "\n\nOn " + m.At.Format("Mon, 2 Jan 2006 at 15:04") + ", " + m.From + " wrote:\n> " + strings.ReplaceAll(quoted, "\n", "\n> ") + "\n"
	return c
}

func (s *Service) compose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	c := composed{From: r.PostFormValue("from"), To: r.PostFormValue("to"), Subject: r.PostFormValue("subject"), Text: r.PostFormValue("text"),
		InReplyTo: r.PostFormValue("inReplyTo"), References: r.PostFormValue("references")}
	if err := s.takeIn(c); err != nil {
		status := http.StatusUnprocessableEntity
		if !wantsHTML(r) {
			refuse(w, status, err.Error())
			return
		}
		s.listPage(w, r, status, view{Problem: "Not delivered: " + err.Error(), Draft: c})
		return
	}
	http.Redirect(w, r, "/local/?sent=1", http.StatusSeeOther)
}

// takeIn delivers a composed message by the receipt rules.
func (s *Service) takeIn(c composed) error {
	from, err := addressParser.Parse(c.From)
	if err != nil {
		return errors.New("the sender's address is not one")
	}
	to, err := addressParser.ParseList(c.To)
	if err != nil {
		return errors.New("the recipient's address is not one")
	}
	if strings.ContainsAny(c.Subject+c.InReplyTo+c.References, "\r\n") {
		return errors.New("headers have no line breaks")
	}
	var rcpt, list []string
	for _, a := range to {
		rcpt = append(rcpt, a.Address)
		list = append(list, (&mail.Address{Name: a.Name, Address: a.Address}).String())
	}
	d := draft{Subject: c.Subject, Date: s.cfg.Clock.Now(), Text: &c.Text, Headers: []field{
		{name: "From", value: (&mail.Address{Name: from.Name, Address: from.Address}).String()},
		{name: "To", value: strings.Join(list, ",\r\n ")},
		{name: "Message-ID", value: "<" + receivedID() + "@" + domainOf(from.Address) + ">"},
	}}
	if c.InReplyTo != "" {
		d.Headers = append(d.Headers, field{name: "In-Reply-To", value: c.InReplyTo}, field{name: "References", value: strings.Join(strings.Fields(c.References), "\r\n ")})
	}
	raw, err := d.bytes()
	if err != nil {
		return err
	}
	return s.Receive(from.Address, rcpt, raw)
}
