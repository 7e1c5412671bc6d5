package check

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// ownPrefixes and ownTypes are the event types that only Deskhand itself reports.
var (
	ownPrefixes = []string{"message.", "conversation.", "ticket.", "contact.", "approval.", "run.", "workflow."}
	ownTypes    = []string{"manual", "schedule", "webhook", "event"}
)

// emitted: event.emit names a type of its own.
func (p *paramChecker) emitted(n *node) {
	s, _ := n.params["detailType"].(string)
	if slices.Contains(ownTypes, s) || slices.ContainsFunc(ownPrefixes, func(prefix string) bool { return strings.HasPrefix(s, prefix) }) {
		p.fail(p.node, p.at+"/detailType", "own_type", "%q is a type that Deskhand itself reports; choose another name, like order.shipped", s)
	}
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_|~0-9A-Za-z-]+$")

// connectionHeaders are set by the connection itself.
var connectionHeaders = []string{"accept-encoding", "connection", "content-length", "expect", "forwarded", "host", "http2-settings", "keep-alive", "proxy-authenticate",
	"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "via"}

// called: what http.request would refuse at run time and can be seen now.
func (p *paramChecker) called(n *node) {
	headers, _ := n.params["headers"].(map[string]any)
	for _, name := range sorted(headers) {
		at := p.at + workflow.Pointer("headers", name)
		switch {
		case !headerName.MatchString(name):
			p.fail(p.node, at, "param_value", "%q is not the name of a header; it has letters, digits and hyphens", name)
		case slices.Contains(connectionHeaders, strings.ToLower(name)):
			p.fail(p.node, at, "param_value", "the header %s is set by the connection itself; take it out", name)
		}
	}
	s, _ := n.params["url"].(string)
	t, _ := template.Parse(s)
	if t == nil {
		return
	}
	text, literal := t.Literal()
	if !literal {
		return
	}
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case strings.TrimSpace(text) == "": // param_required says it
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		p.fail(p.node, p.at+"/url", "param_value", "the URL must begin with https:// or http:// and a host")
	case u.User != nil:
		p.fail(p.node, p.at+"/url", "param_value", "the URL has a user name or password in it; send an Authorization header instead")
	}
}

// extracted: no field hides the step's error.
func (p *paramChecker) extracted(n *node) {
	fields, _ := n.params["fields"].(map[string]any)
	if _, has := fields["error"]; has {
		p.fail(p.node, p.at+"/fields/error", "param_value", "a field cannot have the name error, because steps.%s.error is the step's error; choose another name", n.ID)
	}
}
