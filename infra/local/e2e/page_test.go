package e2e_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var linkOf = regexp.MustCompile(`https?://\S+/a/[A-Za-z0-9_-]+`)

// approvalLink is the one link of a mail that asks.
func approvalLink(t *testing.T, m mailRead) string {
	t.Helper()
	links := linkOf.FindAllString(m.Text, -1)
	if len(links) != 1 || !strings.Contains(m.HTML, links[0]) {
		t.Fatalf("links %q in %q", links, m.Text)
	}
	return links[0]
}

// approvalPage is the form of an approval page as a browser fills it.
type approvalPage struct {
	link   string
	text   string // of the draft
	hidden url.Values
}

func (d *desk) openPage(m mailRead) approvalPage {
	d.t.Helper()
	link := approvalLink(d.t, m)
	return readPage(d.t, link, d.anybody().get(link).is(d.t, 200))
}

// readPage finds the form: hidden fields and the draft.
func readPage(t *testing.T, link string, r reply) approvalPage {
	t.Helper()
	p := approvalPage{link: link, hidden: url.Values{}}
	doc, err := html.Parse(strings.NewReader(string(r.body)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "form" && attr["method"] != "post":
			t.Errorf("the form's method is %q", attr["method"])
		case n.Data == "input" && attr["type"] == "hidden":
			p.hidden.Set(attr["name"], attr["value"])
		case n.Data == "textarea" && attr["name"] == "text" && n.FirstChild != nil:
			p.text = n.FirstChild.Data
		case n.Data == "script":
			t.Error("the page has a script")
		}
	}
	if len(p.hidden) == 0 {
		t.Fatalf("the page has no hidden field: %.3000s", r.body)
	}
	return p
}

// decide sends the form; an empty text leaves the draft as the page shows it.
func (d *desk) decide(p approvalPage, decision, text, comment string) reply {
	d.t.Helper()
	f := url.Values{"comment": {comment}}
	for k, v := range p.hidden {
		f[k] = v
	}
	if decision != "" {
		f.Set("decision", decision)
	}
	if text == "" {
		text = p.text
	}
	f.Set("text", strings.ReplaceAll(text, "\n", "\r\n")) // as a browser does
	r := d.anybody().form(p.link, f)
	d.settle()
	return r
}
