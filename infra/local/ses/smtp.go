package ses

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// ServeSMTP takes mail in on l until Close. It is the inbound endpoint of SES:
// no authentication, and only recipients that a receipt rule is for.
func (s *Service) ServeSMTP(l net.Listener) error {
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		ip, _, _ := net.SplitHostPort(c.Conn().RemoteAddr().String())
		return &session{s: s, in: incoming{ip: ip}, conn: c}, nil
	}))
	srv.Domain = "inbound-smtp." + s.cfg.Region + ".amazonaws.com"
	srv.MaxMessageBytes = MaxReceived
	srv.MaxRecipients = 100
	srv.MaxLineLength = 1 << 20 // bodies in the wild go past RFC 5321's 1000; SES takes them
	srv.ReadTimeout, srv.WriteTimeout = 5*time.Minute, time.Minute
	srv.EnableSMTPUTF8 = true
	s.mu.Lock()
	s.smtp = srv
	s.mu.Unlock()
	err := srv.Serve(l)
	if errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// Close stops ServeSMTP.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.smtp == nil {
		return nil
	}
	return s.smtp.Close()
}

// session is one SMTP conversation.
type session struct {
	s    *Service
	in   incoming
	conn *smtp.Conn
}

func (c *session) Reset()        { c.in.from, c.in.rcpt, c.in.raw = "", nil, nil }
func (c *session) Logout() error { return nil }

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.in.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !c.s.accepts(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "Requested action not taken: mailbox unavailable; " + to + ": " + ErrUnknownRecipient.Error()}
	}
	c.in.rcpt = append(c.in.rcpt, to)
	return nil
}

// Data answers 250 only when everything is durable.
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	in := c.in
	in.raw, in.helo = raw, c.conn.Hostname()
	if in.helo == "" {
		in.helo = "unknown"
	}
	switch err := c.s.receive(in); {
	case errors.Is(err, ErrTooLarge):
		return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: err.Error()}
	case err != nil:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Temporary service failure: " + strings.Join(strings.Fields(err.Error()), " ")}
	}
	return nil
}
