package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// toUTF8 decodes text by its declared charset. What is declared is often wrong: valid UTF-8 wins over "us-ascii" or
// nothing, bytes that are plainly not UTF-8 are taken as windows-1252, ISO-2022-JP shows by its escapes.
func toUTF8(content []byte, label string) (text string, problem string) {
	label = charsetLabel(label)
	switch label {
	case "", "us-ascii", "ascii", "ansi-x3.4-1968", "ansi-x3.4-1986", "iso646-us", "7bit", "8bit", "unknown-8bit", "x-unknown", "unknown", "default", "x-user-defined", "none", "binary":
		return guessUTF8(content), ""
	case "utf-8", "utf8", "utf-8-sig", "unicode-1-1-utf-8", "utf8mb4":
		content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
		if utf8.Valid(content) {
			return string(content), ""
		}
		return guessUTF8(content), "text is not the UTF-8 it claims to be"
	case "utf-7", "unicode-1-1-utf-7", "csunicode11utf7":
		return decodeUTF7(content), ""
	}
	enc := encodingOf(label)
	if enc == nil {
		return guessUTF8(content), "unknown charset " + clip(label, 40)
	}
	if looksUTF8(content, enc) {
		return guessUTF8(content), "text is UTF-8, not the " + clip(label, 40) + " it claims to be"
	}
	out, err := enc.NewDecoder().Bytes(content)
	if err != nil || !utf8.Valid(out) {
		return guessUTF8(content), "text does not decode as " + clip(label, 40)
	}
	return string(bytes.TrimPrefix(out, []byte("\ufeff"))), ""
}

// looksUTF8 tells UTF-8 under a wrong label. The charsets of seven bits have no such bytes, and Western text does not
// form UTF-8 by chance; for others nothing is concluded.
func looksUTF8(content []byte, enc encoding.Encoding) bool {
	switch enc {
	case japanese.ISO2022JP, simplifiedchinese.HZGB2312, charmap.Windows1252, charmap.ISO8859_1, charmap.ISO8859_15:
		return utf8.Valid(content) && bytes.ContainsFunc(content, func(r rune) bool { return r >= 0x80 })
	}
	return false
}

func charsetLabel(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'<>();,"))
	label = strings.TrimPrefix(label, "charset=")
	label = strings.Trim(label, "\"' ")
	return strings.ReplaceAll(label, "_", "-")
}

func encodingOf(label string) encoding.Encoding {
	switch label {
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312
	case "cp932", "ms932", "windows-31j", "x-ms-cp932":
		return japanese.ShiftJIS
	case "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-ms", "cp50220", "cp50221", "x-iso-2022-jp":
		return japanese.ISO2022JP
	case "gb2312", "gbk", "cp936", "ms936", "gb18030", "x-gbk", "euc-cn":
		return simplifiedchinese.GB18030
	case "ks-c-5601-1987", "cp949", "ksc5601", "x-windows-949":
		label = "euc-kr"
	case "utf-16", "unicode", "ucs-2", "utf16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "iso", "ansi", "latin", "western", "cp-1252", "iso-8859", "iso8859", "8859-1", "macintosh-latin":
		return charmap.Windows1252
	case "cp850", "ibm-850", "850":
		return charmap.CodePage850
	case "cp437", "437":
		return charmap.CodePage437
	case "cp866":
		return charmap.CodePage866
	case "mac", "x-mac-roman", "macroman", "mac-roman":
		return charmap.Macintosh
	}
	if strings.HasPrefix(label, "cp125") || strings.HasPrefix(label, "win125") || strings.HasPrefix(label, "x-cp125") {
		label = "windows-125" + label[len(label)-1:]
	}
	if strings.HasPrefix(label, "iso-8859-") {
		// "iso-8859-1-windows-3.1-latin-1", "iso-8859-8-i": the number is what counts.
		end := len("iso-8859-")
		for end < len(label) && label[end] >= '0' && label[end] <= '9' {
			end++
		}
		label = label[:end]
	}
	if enc, err := htmlindex.Get(label); err == nil {
		if name, _ := htmlindex.Name(enc); name != "replacement" {
			return enc
		}
	}
	for _, index := range []*ianaindex.Index{ianaindex.MIME, ianaindex.IANA} {
		if enc, err := index.Encoding(label); err == nil && enc != nil {
			return enc
		}
	}
	return nil
}

// guessUTF8 decodes bytes whose charset is not known.
func guessUTF8(content []byte) string {
	if utf8.Valid(content) {
		if bytes.Contains(content, []byte("\x1b$")) || bytes.Contains(content, []byte("\x1b(J")) {
			if out, err := japanese.ISO2022JP.NewDecoder().Bytes(content); err == nil {
				return string(out)
			}
		}
		return string(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	}
	if len(content) >= 2 && (content[0] == 0xff && content[1] == 0xfe || content[0] == 0xfe && content[1] == 0xff) {
		if out, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(content); err == nil {
			return string(out)
		}
	}
	if mostlyUTF8(content) {
		return strings.ToValidUTF8(string(content), "\uFFFD")
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(content)
	if err != nil {
		return strings.ToValidUTF8(string(content), "\uFFFD")
	}
	return string(out)
}

// mostlyUTF8 tells UTF-8 with a few broken bytes (a cut character at the end) from a one-byte charset.
func mostlyUTF8(content []byte) bool {
	good, bad := 0, 0
	for len(content) > 0 {
		r, n := utf8.DecodeRune(content)
		if n > 1 {
			good++
		} else if r == utf8.RuneError {
			bad++
		}
		content = content[n:]
	}
	return good > 2*bad
}
