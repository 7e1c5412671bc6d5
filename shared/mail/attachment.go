package mail

import (
	"mime"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/jhillyerd/enmime/v2"
)

// attach notes a part that is not body.
func (c *collector) attach(p *enmime.Part, kind, parent string, content []byte) {
	name := partName(p)
	if name == "" {
		name = madeUpName(kind, len(c.m.Attachments)+1, content)
	}
	id := strings.Trim(p.ContentID, "<> \t")
	a := Attachment{
		Name:      cleanFileName(name),
		Type:      kind,
		ContentID: clip(cleanLine(id), MaxMessageID),
		Inline:    p.Disposition == "inline" || p.Disposition == "" && id != "" && parent == "multipart/related",
		Size:      int64(len(content)),
		Content:   content,
	}
	c.m.Attachments = append(c.m.Attachments, a)
}

// partName reads the name from Content-Disposition or Content-Type: RFC 2231 is the parser's, encoded words and raw
// bytes are undone here.
func partName(p *enmime.Part) string {
	for _, source := range []struct{ field, param string }{
		{"Content-Disposition", "filename"}, {"Content-Type", "name"}, {"Content-Type", "filename"}, {"Content-Disposition", "name"},
	} {
		value := p.Header.Get(source.field)
		if value == "" {
			continue
		}
		if v := extendedParam(value, source.param); v != "" {
			return v
		}
		_, params := mediaType(value)
		if v := params[source.param]; v != "" {
			return decodeWords(v, "")
		}
		if v := looseParams(value)[source.param]; v != "" {
			return decodeWords(v, "")
		}
	}
	if p.FileName != "" {
		return p.FileName
	}
	if l := p.Header.Get("Content-Location"); l != "" {
		l, _, _ = strings.Cut(decodeWords(l, ""), "?")
		return path.Base(strings.ReplaceAll(l, `\`, "/"))
	}
	return p.Header.Get("Content-Description-Name")
}

// madeUpName names a part without a name: a returned or forwarded mail by its subject.
func madeUpName(kind string, n int, content []byte) string {
	switch kind {
	case "message/rfc822", "message/global":
		fields, _, _ := readFields(content[:min(len(content), 64<<10)])
		if s := fields.first("Subject"); s != "" {
			return clip(s, 100) + ".eml"
		}
		return "message.eml"
	case "message/delivery-status", "message/global-delivery-status":
		return "delivery-status.txt"
	case "message/feedback-report":
		return "feedback-report.txt"
	case "message/disposition-notification":
		return "disposition-notification.txt"
	case "text/rfc822-headers":
		return "headers.txt"
	case "text/calendar":
		return "invite.ics"
	case "application/pgp-signature":
		return "signature.asc"
	case "application/pkcs7-signature", "application/x-pkcs7-signature":
		return "smime.p7s"
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return "smime.p7m"
	case "application/ms-tnef":
		return "winmail.dat"
	}
	return "attachment-" + strconv.Itoa(n) + suffixOf(kind)
}

// suffixOf is fixed for what mail carries, so that the name does not hang on the machine's table.
func suffixOf(kind string) string {
	switch kind {
	case "image/jpeg", "image/jpg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/gif":
		return ".gif"
	case "application/pdf":
		return ".pdf"
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "text/csv":
		return ".csv"
	case "application/zip":
		return ".zip"
	case "text/vcard", "text/x-vcard":
		return ".vcf"
	}
	return ".bin"
}

// cleanFileName keeps the last element of a path, without controls, direction marks or the characters no file system
// takes, at most MaxAttachmentName characters with the extension saved. It is never empty, "." or "..".
func cleanFileName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || isBidiControl(r) {
			return ' '
		}
		return r
	}, name)
	name = strings.ReplaceAll(name, `\`, "/")
	if slash := strings.LastIndexByte(strings.TrimRight(name, "/"), '/'); slash >= 0 {
		name = name[slash+1:]
	}
	name = strings.Join(strings.Fields(strings.Trim(name, "/")), " ")
	name = strings.Trim(name, " ")
	if strings.Trim(name, ".") == "" {
		return "attachment.bin"
	}
	if clipped := clip(name, MaxAttachmentName); clipped != name {
		ext := path.Ext(name)
		if len(ext) > 12 {
			ext = ""
		}
		name = clip(name, MaxAttachmentName-len([]rune(ext))) + ext
	}
	return name
}

// typeParams writes a parameter value so that it survives: used by Compose.
func typeParams(kind string, params map[string]string) string {
	if s := mime.FormatMediaType(kind, params); s != "" {
		return s
	}
	return "application/octet-stream"
}
