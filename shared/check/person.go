package check

import (
	"regexp"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// personForm is how a person is named, in words that also fit beside a form.
const personForm = "exactly one of email, user, group or managerOf (the manager of a group)"

var personMembers = []string{"email", "user", "group", "managerOf"}

var addressForm = regexp.MustCompile(`^[^\s@<>()\[\]:;,"\\]+@[^\s@<>()\[\]:;,"\\]+$`)

// address tells whether s can be an e-mail address (the form only: one @, no spaces).
func address(s string) bool {
	return len(s) <= 254 && addressForm.MatchString(s) && !strings.Contains(s, "..") && !strings.HasSuffix(s, ".")
}

// person: exactly one of the four members, an address or a slug.
func (p *paramChecker) person(name string, v any, at string) {
	m, ok := v.(map[string]any)
	if !ok {
		p.fail(p.node, at, "person", "%s must name a person by %s, not be %s", name, personForm, jsonType(v))
		return
	}
	p.onlyMembers(p.node, at, "a person", m, personMembers...)
	found := 0
	for _, member := range personMembers {
		v, ok := m[member]
		if !ok {
			continue
		}
		found++
		here := at + workflow.Pointer(member)
		s, ok := p.template(workflow.Param{Name: member, Max: 254}, v, here)
		if !ok {
			continue
		}
		switch member {
		case "email":
			if !address(s) {
				p.fail(p.node, here, "address", "%q is not an e-mail address; write one like someone@example.com", s)
			}
		case "user":
			p.user(s, here)
		case "group", "managerOf":
			p.known(here, "unknown_group", "group", s, p.opts.Groups)
			if member == "managerOf" && slices.Contains(p.opts.Groups, s) && p.opts.Managed != nil && !slices.Contains(p.opts.Managed, s) {
				p.fail(p.node, here, "group_without_manager", "the group %s has no manager; give it one, or name somebody else", s)
			}
		}
	}
	switch {
	case found == 0:
		p.fail(p.node, at, "person", "%s names nobody; name a person by %s", name, personForm)
	case found > 1:
		p.fail(p.node, at, "person", "%s names a person in %d ways; keep %s", name, found, personForm)
	}
}

func (p *paramChecker) user(s, at string) {
	switch {
	case !address(s):
		p.fail(p.node, at, "address", "%q is not an e-mail address; a user is named by theirs", s)
	case s != strings.ToLower(s):
		p.fail(p.node, at, "address", "users are lower-case addresses; write %q", strings.ToLower(s))
	}
}

// slug checks the literal text of a param that names something.
func (p *paramChecker) slug(param workflow.Param, s, at string) {
	switch param.Kind {
	case workflow.KindInbox:
		p.known(at, "unknown_inbox", "inbox", s, p.opts.Inboxes)
	case workflow.KindGroup:
		p.known(at, "unknown_group", "group", s, p.opts.Groups)
	case workflow.KindUser:
		p.user(s, at)
	case workflow.KindTime:
		if !timeForm(s) {
			p.fail(p.node, at, "time", "%s is %q; write a time as RFC 3339 with offset, like 2026-12-01T09:00:00Z", param.Name, s)
		}
	}
}

// known checks a name against those that the desk has, if they are known.
func (p *paramChecker) known(at, rule, what, s string, names []string) {
	if strings.TrimSpace(s) == "" {
		p.fail(p.node, at, "param_value", "the %s is empty; name one", what)
		return
	}
	if names == nil || slices.Contains(names, s) {
		return
	}
	hint := "there are none yet: create it first"
	if len(names) > 0 {
		hint = "use one of " + strings.Join(names[:min(len(names), 20)], ", ") + ", or create it first"
	}
	p.fail(p.node, at, rule, "there is no %s %q; %s", what, s, hint)
}
