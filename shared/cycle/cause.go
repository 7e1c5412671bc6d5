package cycle

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Causes tells whether a definition brings about anything that may start a workflow.
func Causes(def *workflow.Definition) bool { return len(causesOf(def)) > 0 }

// causesOf lists what the nodes of a definition bring about.
func causesOf(def *workflow.Definition) []cause {
	var out []cause
	for i := range def.Nodes {
		n := &def.Nodes[i]
		if n.Disabled {
			continue
		}
		params := map[string]any{}
		_ = json.Unmarshal(n.Params, &params) // check reports what is wrong with them
		for _, c := range ofNode(n.Type, params) {
			c.node, c.at = n.ID, workflow.Pointer("nodes", i)
			out = append(out, c)
		}
	}
	return out
}

// hookAddress finds the workflow in the address of a webhook.
var hookAddress = regexp.MustCompile(`/hooks/(wf_[0-9A-Z]{26})/`)

func ofNode(typ string, params map[string]any) []cause {
	text := func(name string) string {
		s, _ := params[name].(string)
		return s
	}
	// literal is a text that is the same in every run; "" for one with values in it.
	literal := func(name string) string {
		if s := text(name); !strings.Contains(s, "{{") {
			return s
		}
		return ""
	}
	switch typ {
	case "conversation.tag":
		add, remove := texts(params["add"]), texts(params["remove"])
		var words []string
		if len(add) > 0 {
			words = append(words, plural("adds tag", add))
		}
		if len(remove) > 0 {
			words = append(words, plural("removes tag", remove))
		}
		return []cause{{event: "conversation.tagged", words: strings.Join(words, " and "), known: facts{has: literals(add), hasNot: literals(remove)}}}
	case "conversation.assign":
		known := facts{values: map[string]any{}}
		words := "assigns"
		for param, field := range map[string]string{"inbox": "conversation.inbox", "group": "conversation.group", "user": "conversation.assignee"} {
			if s := literal(param); s != "" {
				known.values[field] = s
			}
		}
		for _, param := range []string{"inbox", "group", "user"} {
			if s := text(param); s != "" {
				words += " to " + param + " " + s
			}
		}
		return []cause{{event: "conversation.assigned", words: words, known: known}}
	case "conversation.update":
		if text("status") == "closed" || strings.Contains(text("status"), "{{") {
			return []cause{{event: "conversation.closed", words: "closes the conversation", known: facts{values: map[string]any{"conversation.status": "closed"}}}}
		}
	case "ticket.create":
		known := facts{values: map[string]any{"ticket.status": "open"}}
		return []cause{{event: "ticket.created", words: "creates a ticket", known: known}, {event: "ticket.status_changed", words: "creates a ticket", known: known}}
	case "ticket.update":
		if status := text("status"); status != "" {
			known := facts{values: map[string]any{}}
			if s := literal("status"); s != "" {
				known.values["ticket.status"] = s
			}
			return []cause{{event: "ticket.status_changed", words: "sets ticket status " + status, known: known}}
		}
	case "event.emit":
		if s := literal("detailType"); s != "" {
			return []cause{{event: s, words: "emits " + s}}
		}
	case "workflow.start":
		if s := literal("workflow"); s != "" {
			return []cause{{to: s}}
		}
	case "http.request":
		if m := hookAddress.FindStringSubmatch(text("url")); m != nil {
			return []cause{{to: m[1], event: "webhook", words: "calls its webhook"}}
		}
	}
	return nil
}

func texts(v any) (out []string) {
	if s, ok := v.(string); ok {
		v = []any{s}
	}
	list, _ := v.([]any)
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func literals(list []string) (out []string) {
	for _, s := range list {
		if !strings.Contains(s, "{{") {
			out = append(out, s)
		}
	}
	return out
}

func plural(what string, list []string) string {
	if len(list) > 1 {
		what += "s"
	}
	return what + " " + strings.Join(list, ", ")
}
