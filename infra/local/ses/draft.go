package ses

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
	"time"
)

// draft is a message to be written as MIME (RFC 2045 to 2049).
type draft struct {
	Headers     []field // values as they go out
	Subject     string
	Date        time.Time
	Text, HTML  *string
	Attachments []attachment
}

func (d *draft) bytes() ([]byte, error) {
	var b bytes.Buffer
	for _, f := range d.Headers {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	b.WriteString("Subject: " + mime.QEncoding.Encode("utf-8", d.Subject) + "\r\n")
	b.WriteString("Date: " + d.Date.Format("Mon, 2 Jan 2006 15:04:05 -0700") + "\r\nMIME-Version: 1.0\r\n")
	top := textproto.MIMEHeader{}
	var body bytes.Buffer
	if err := d.body(top, &body); err != nil {
		return nil, err
	}
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding"} {
		if v := top.Get(name); v != "" {
			b.WriteString(name + ": " + v + "\r\n")
		}
	}
	b.WriteString("\r\n")
	b.Write(body.Bytes())
	return b.Bytes(), nil
}

func (d *draft) body(h textproto.MIMEHeader, w *bytes.Buffer) error {
	if len(d.Attachments) == 0 {
		return d.texts(h, w)
	}
	mw := multipart.NewWriter(w)
	h.Set("Content-Type", `multipart/mixed; boundary="`+mw.Boundary()+`"`)
	inner, innerHead := bytes.Buffer{}, textproto.MIMEHeader{}
	if err := d.texts(innerHead, &inner); err != nil {
		return err
	}
	p, err := mw.CreatePart(innerHead)
	if err != nil {
		return err
	}
	if _, err := p.Write(inner.Bytes()); err != nil {
		return err
	}
	for _, a := range d.Attachments {
		if err := a.write(mw); err != nil {
			return err
		}
	}
	return mw.Close()
}

func (d *draft) texts(h textproto.MIMEHeader, w *bytes.Buffer) error {
	if d.Text != nil && d.HTML != nil {
		mw := multipart.NewWriter(w)
		h.Set("Content-Type", `multipart/alternative; boundary="`+mw.Boundary()+`"`)
		for _, part := range []struct{ kind, text string }{{"text/plain", *d.Text}, {"text/html", *d.HTML}} {
			p, err := mw.CreatePart(textproto.MIMEHeader{"Content-Type": {part.kind + "; charset=UTF-8"}, "Content-Transfer-Encoding": {"quoted-printable"}})
			if err != nil {
				return err
			}
			if err := quote(p, part.text); err != nil {
				return err
			}
		}
		return mw.Close()
	}
	kind, text := "text/plain", d.Text
	if text == nil {
		kind, text = "text/html", d.HTML
	}
	h.Set("Content-Type", kind+"; charset=UTF-8")
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	return quote(w, *text)
}

func quote(w io.Writer, text string) error {
	q := quotedprintable.NewWriter(w)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	if _, err := io.WriteString(q, text); err != nil {
		return err
	}
	return q.Close()
}

func (a attachment) write(mw *multipart.Writer) error {
	kind := a.ContentType
	if kind == "" {
		kind = "application/octet-stream"
	}
	disposition := strings.ToLower(a.ContentDisposition)
	if disposition == "" {
		disposition = "attachment"
	}
	h := textproto.MIMEHeader{"Content-Type": {mime.FormatMediaType(kind, map[string]string{"name": a.FileName})},
		"Content-Disposition": {mime.FormatMediaType(disposition, map[string]string{"filename": a.FileName})}, "Content-Transfer-Encoding": {"base64"}}
	if h.Get("Content-Type") == "" {
		return badRequest("attachment " + a.FileName + ": the content type " + kind + " is not one")
	}
	if a.ContentId != "" {
		h.Set("Content-ID", "<"+strings.Trim(a.ContentId, "<>")+">")
	}
	if a.ContentDescription != "" {
		h.Set("Content-Description", mime.QEncoding.Encode("utf-8", a.ContentDescription))
	}
	p, err := mw.CreatePart(h)
	if err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(a.RawContent)
	for len(text) > 0 {
		n := min(76, len(text))
		if _, err := io.WriteString(p, text[:n]+"\r\n"); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
