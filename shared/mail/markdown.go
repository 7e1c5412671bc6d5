package mail

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
	nethtml "golang.org/x/net/html"
)

// Segment is a stretch of a mail body: Text is the author's Markdown, Value something inserted into it, which may come
// from a stranger and must show as it is. A segment may have both: Text stands first.
type Segment struct {
	Text  string `json:"text,omitempty"`
	Value string `json:"value,omitempty"`
}

// markdown is CommonMark with tables, strikethrough and hard line ends, because people type mail, not documents. It has
// no parser for HTML: "<b>" in a body shows as it was typed.
var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(without(parser.DefaultBlockParsers(), parser.NewHTMLBlockParser())...),
		parser.WithInlineParsers(without(parser.DefaultInlineParsers(), parser.NewRawHTMLParser())...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)),
	goldmark.WithExtensions(extension.Table, extension.Strikethrough),
	goldmark.WithRendererOptions(goldhtml.WithHardWraps()),
)

func without(list []util.PrioritizedValue, drop any) []util.PrioritizedValue {
	name := fmt.Sprintf("%T", drop)
	return slices.DeleteFunc(list, func(v util.PrioritizedValue) bool { return fmt.Sprintf("%T", v.Value) == name })
}

// Render makes the two bodies of a mail. text is what the author typed with the values verbatim; htm is the Markdown
// rendered, an HTML fragment. A value never becomes markup: it is put in after rendering, escaped, its line ends as
// <br>. As the address of a link or picture that the author wrote it counts only if it is http, https, mailto or tel.
func Render(segments []Segment) (text, htm string) {
	var plain, source strings.Builder
	stem := valueStem(segments)
	values := map[string]string{}
	for i, s := range segments {
		authored := strings.ReplaceAll(s.Text, "\r\n", "\n")
		plain.WriteString(authored)
		source.WriteString(authored)
		if s.Value == "" {
			continue
		}
		value := cleanText(s.Value)
		plain.WriteString(value)
		token := fmt.Sprintf("%s%dz", stem, i)
		values[token] = value
		source.WriteString(token)
	}
	text = clipBytes(strings.Trim(cleanText(plain.String()), "\n"), MaxText)
	var rendered bytes.Buffer
	if err := markdown.Convert([]byte(clipBytes(cleanText(source.String()), MaxText)), &rendered); err != nil {
		// Only a failing writer makes an error, and a buffer does not fail.
		return text, "<pre>" + html.EscapeString(text) + "</pre>"
	}
	return text, clipBytes(putValues(rendered.String(), stem, values), 4*MaxText)
}

// valueStem gives a word of letters that no author's text has in it. Markdown leaves a word alone wherever it stands.
func valueStem(segments []Segment) string {
	stem := "xvalue"
	for taken := true; taken; {
		taken = false
		for _, s := range segments {
			if strings.Contains(strings.ToLower(s.Text), stem) {
				stem += "q"
				taken = true
				break
			}
		}
	}
	return stem
}

// putValues replaces the tokens in rendered HTML: in text by escaped text, in attributes by an escaped attribute.
func putValues(rendered, stem string, values map[string]string) string {
	if len(values) == 0 {
		return rendered
	}
	var b strings.Builder
	t := nethtml.NewTokenizer(strings.NewReader(rendered))
	for {
		kind := t.Next()
		if kind == nethtml.ErrorToken {
			return b.String()
		}
		raw := string(t.Raw())
		if !strings.Contains(raw, stem) {
			b.WriteString(raw)
			continue
		}
		if kind == nethtml.TextToken {
			b.WriteString(swapTokens(raw, stem, values, func(v string) string {
				return strings.ReplaceAll(html.EscapeString(v), "\n", "<br>\n")
			}))
			continue
		}
		tok := t.Token()
		for i, a := range tok.Attr {
			plain := swapTokens(a.Val, stem, values, func(v string) string { return strings.Join(strings.Fields(v), " ") })
			if a.Key == "href" || a.Key == "src" {
				if strings.HasPrefix(a.Val, stem) && !safeLink(plain) {
					plain = ""
				}
				plain = strings.ReplaceAll(plain, " ", "%20")
			}
			tok.Attr[i].Val = plain
		}
		b.WriteString(tok.String())
	}
}

func safeLink(address string) bool {
	low := strings.ToLower(strings.TrimSpace(address))
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:"} {
		if strings.HasPrefix(low, scheme) {
			return true
		}
	}
	return false
}

func swapTokens(s, stem string, values map[string]string, escape func(string) string) string {
	var b strings.Builder
	for {
		at := strings.Index(s, stem)
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		end := at + len(stem)
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		if end < len(s) && s[end] == 'z' {
			end++
		}
		b.WriteString(s[:at])
		if value, ok := values[s[at:end]]; ok {
			b.WriteString(escape(value))
		} else {
			b.WriteString(s[at:end])
		}
		s = s[end:]
	}
}
