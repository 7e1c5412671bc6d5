package e2e_test

import (
	"bytes"
	"fmt"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// letter is a message of testdata on its way in.
type letter struct {
	file     string
	from, to string   // addresses of the header, and of the envelope unless it says otherwise
	id       string   // Message-ID; "" makes a new one
	subject  string   // where the file leaves it open
	thread   string   // In-Reply-To and References, whole lines
	envelope []string // recipients; nil: to
	bounce   bool     // with an empty envelope sender
}

var letters atomic.Int64

// deliver brings a letter in by SMTP, waits until the desk has dealt with it, and gives
// its Message-ID.
func (d *desk) deliver(l letter) string {
	d.t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", l.file))
	if err != nil {
		d.t.Fatal(err)
	}
	if l.id == "" {
		l.id = fmt.Sprintf("%d.%s@mail.example", letters.Add(1), d.name)
	}
	text := strings.NewReplacer("@@FROM@@", l.from, "@@TO@@", l.to, "@@ID@@", l.id, "@@SUBJECT@@", l.subject, "@@THREAD@@", l.thread).Replace(string(raw))
	if i := strings.Index(text, "@@"); i >= 0 {
		d.t.Fatalf("%s: nothing was given for %.12s", l.file, text[i:])
	}
	if l.envelope == nil {
		l.envelope = []string{l.to}
	}
	from := l.from
	if l.bounce {
		from = ""
	}
	d.smtpIn(from, l.envelope, []byte(text))
	return l.id
}

// smtpIn hands raw mail over, with the line ends of SMTP.
func (d *desk) smtpIn(from string, to []string, raw []byte) {
	d.t.Helper()
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	if err := smtp.SendMail(d.smtp, nil, from, to, raw); err != nil {
		d.t.Fatalf("smtp to %s: %v", strings.Join(to, ", "), err)
	}
	d.settle()
}
