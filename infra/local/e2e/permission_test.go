package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// without cuts text out of the part of the template that belongs to one resource.
func without(t *testing.T, resource, from, to string) []byte {
	t.Helper()
	data, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), "\n  "+resource+":\n")
	if !ok {
		t.Fatalf("the template has no %s", resource)
	}
	a := strings.Index(rest, from)
	if a < 0 {
		t.Fatalf("%s has no %q", resource, from)
	}
	b := a + len(from)
	if to != "" {
		n := strings.Index(rest[b:], to)
		if n < 0 {
			t.Fatalf("%s has no %q after %q", resource, to, from)
		}
		b += n
	}
	if next := strings.Index(rest, "\n\n  "); next >= 0 && next < b {
		t.Fatalf("%q to %q is not inside %s", from, to, resource)
	}
	return []byte(head + "\n  " + resource + ":\n" + rest[:a] + rest[b:])
}

// What is missing in the template fails here as it would in the account: in the step
// that needs it, with the action that is missing.
func TestMissingPermission(t *testing.T) {
	for _, c := range []struct {
		name, from, to string // what is cut out of the function act
		steps          string
		message        []string
	}{
		{"to send mail", "            - Sid: Send\n", "            - Sid:", "tag succeeded, say failed", []string{"not authorized", "ses:Send"}},
		{"to update the desk", "dynamodb:UpdateItem, ", "", "tag failed", []string{"AccessDeniedException", "not authorized", "dynamodb:UpdateItem"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ownStack(t, without(t, "ActFunction", c.from, c.to))
			inbox, care := d.inbox("care")
			w := d.publish("answer", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
				"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["seen"]}},{"id":"say","type":"message.reply","params":{"body":"We have it."}}],
				"edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"say"}]}`, d.in(inbox)))
			from := "priya@" + d.domain("raman")
			d.deliver(letter{file: "question.eml", from: from, to: care})
			r := d.oneRun(w, "failed")
			d.readsBack(r, strings.Split(c.steps, ", ")...)
			last := r.Steps[len(r.Steps)-1]
			if r.Error != "access_denied" || last.Error == nil || last.Error.Code != "access_denied" {
				t.Fatalf("run error %q, step %+v", r.Error, last)
			}
			for _, part := range c.message {
				if !strings.Contains(last.Error.Message, part) || !strings.Contains(r.Reason, part) {
					t.Errorf("no %q in %q, %q", part, last.Error.Message, r.Reason)
				}
			}
			if got := d.sent(from); len(got) != 0 {
				t.Errorf("the customer got %+v", got)
			}
		})
	}
}
