package dryrun

import (
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/workflow"
)

// standin makes up a plausible result for a step: that it works. Ids end in zeros, so
// that nobody takes them for real ones.
func (a *answers) standin(p payload) map[string]any {
	switch p.Type {
	case "message.reply":
		if automatic, _ := a.member(workflow.EntityMessage, "isAutomatic").(bool); automatic {
			return map[string]any{"sent": false, "suppressed": "automatic"}
		}
		return sent()
	case "message.send", "notify":
		return sent()
	case "ticket.create":
		return map[string]any{"ticketId": "tkt_00000000000000000000000000"}
	case "workflow.start":
		return map[string]any{"runId": "run_00000000000000000000000000"}
	case "http.request":
		return map[string]any{"status": 200, "headers": map[string]any{}, "body": map[string]any{}}
	case "ai.reply":
		return map[string]any{"text": "(a draft made up for the dry run)"}
	case "ai.summarise":
		return map[string]any{"text": "(a summary made up for the dry run)"}
	case "ai.classify":
		labels, _ := p.Params["labels"].([]any)
		if len(labels) == 0 {
			return map[string]any{}
		}
		return map[string]any{"label": labels[0], "confidence": 1}
	case "ai.extract":
		fields, _ := p.Params["fields"].(map[string]any)
		out := map[string]any{}
		for name, typ := range fields {
			switch typ {
			case "number":
				out[name] = 0
			case "boolean":
				out[name] = false
			case "date":
				out[name] = a.now.Format(time.DateOnly)
			default:
				out[name] = "(made up)"
			}
		}
		return out
	}
	return a.plain(p.Type)
}

func sent() map[string]any {
	return map[string]any{"sent": true, "messageId": "msg_00000000000000000000000000"}
}

// plain makes up a result from the types that the catalog gives the values of a node.
func (a *answers) plain(typ string) map[string]any {
	out := map[string]any{}
	kind, ok := workflow.TheCatalog.Node(typ)
	if !ok {
		return out
	}
	for _, v := range kind.Values {
		switch v.Type {
		case workflow.Number:
			out[v.Name] = 0
		case workflow.Bool:
			out[v.Name] = true
		case workflow.Time:
			out[v.Name] = a.now.Format(time.RFC3339)
		case workflow.List:
			out[v.Name] = []any{}
		case workflow.Text:
			out[v.Name] = "(made up)"
		}
	}
	return out
}

// change does to the run's copies of the entities what the step would do to the desk.
func (a *answers) change(p payload, values map[string]any) {
	switch p.Type {
	case "conversation.tag":
		a.retag(workflow.EntityConversation, p.Params["add"], p.Params["remove"])
	case "conversation.assign":
		a.set(workflow.EntityConversation, p.Params, map[string]string{"inbox": "inbox", "group": "group", "user": "assignee"})
	case "conversation.update":
		a.set(workflow.EntityConversation, p.Params, map[string]string{"status": "status", "priority": "priority"})
	case "ticket.update":
		if before, after := a.member(workflow.EntityTicket, "status"), p.Params["status"]; after != nil && before != after {
			a.entity(workflow.EntityTicket)["previousStatus"] = before
		}
		a.set(workflow.EntityTicket, p.Params, map[string]string{"status": "status", "priority": "priority", "group": "group"})
	case "ticket.create":
		at := a.now.Format(time.RFC3339)
		t := map[string]any{"id": values["ticketId"], "status": "open", "priority": "normal", "createdAt": at, "openedAt": at}
		a.seen[workflow.EntityTicket] = t
		a.set(workflow.EntityTicket, p.Params, map[string]string{"subject": "subject", "description": "description", "priority": "priority", "group": "group"})
		if c, ok := a.seen[workflow.EntityConversation].(map[string]any); ok {
			c["ticketId"] = values["ticketId"]
		}
	case "contact.update":
		a.retag(workflow.EntityContact, p.Params["addTags"], p.Params["removeTags"])
		a.set(workflow.EntityContact, p.Params, map[string]string{"name": "name"})
		if more, ok := p.Params["attributes"].(map[string]any); ok {
			c := a.entity(workflow.EntityContact)
			all, _ := c["attributes"].(map[string]any)
			if all == nil {
				all = map[string]any{}
			}
			for name, v := range more {
				all[name] = v
			}
			c["attributes"] = all
		}
	}
}

// entity is the run's copy of an entity; one that is not there is left alone.
func (a *answers) entity(name string) map[string]any {
	m, ok := a.seen[name].(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return m
}

func (a *answers) member(entity, name string) any { return a.entity(entity)[name] }

func (a *answers) set(entity string, params map[string]any, names map[string]string) {
	m := a.entity(entity)
	for param, member := range names {
		if v, ok := params[param]; ok && v != nil {
			m[member] = v
		}
	}
}

func (a *answers) retag(entity string, add, remove any) {
	m := a.entity(entity)
	tags, changed := desk.Retag(texts(m["tags"]), texts(add), texts(remove))
	if !changed {
		return
	}
	list := make([]any, len(tags))
	for i, t := range tags {
		list[i] = t
	}
	m["tags"] = list
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
