package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/bench/rig"
	"github.com/deskhand/deskhand/shared/cost"
	"github.com/deskhand/deskhand/shared/workflow"
)

// probe is a node as it is counted: a run with it, less the run without.
type probe struct {
	params string
	before string // type of the node that it needs before it, which is a probe too
	model  bool   // it asks a model
	then   func(ctx context.Context, r *rig.Rig) error
}

// other is the id of a workflow that is started by hand, for workflow.start.
const other = "OTHER"

// server is the URL of a server that answers, for http.request.
const server = "SERVER"

var probes = map[string]probe{
	"conversation.tag":    {params: `{"add":["refund"]}`},
	"conversation.assign": {params: `{"group":"accounts"}`},
	"conversation.update": {params: `{"priority":"high"}`},
	"conversation.note":   {params: `{"body":"Seen."}`},
	"message.reply":       {params: `{"body":"Dear {{contact.name}}, we have your message."}`},
	"message.send":        {params: `{"to":"ravi@bench.example","subject":"Look","body":"{{message.subject}}"}`},
	"notify":              {params: `{"to":{"group":"accounts"},"subject":"Look","body":"{{message.subject}}"}`},
	"ticket.create":       {params: `{"subject":"{{message.subject}}"}`},
	"ticket.update":       {params: `{"status":"pending"}`, before: "ticket.create"},
	"contact.update":      {params: `{"addTags":["t{{message.subject}}"]}`},
	"ai.reply":            {params: `{"instructions":"Answer politely."}`, model: true},
	"ai.classify":         {params: `{"labels":["refund","other"]}`, model: true},
	"ai.extract":          {params: `{"fields":{"order":"string"}}`, model: true},
	"ai.summarise":        {params: `{}`, model: true},
	"http.request":        {params: `{"method":"GET","url":"` + server + `"}`},
	"event.emit":          {params: `{"detailType":"bench.seen","detail":{"a":"b"}}`},
	"workflow.start":      {params: `{"workflow":"` + other + `"}`},
	"branch":              {params: `{"cases":[{"id":"yes","when":{"all":[]}}]}`},
	"set":                 {params: `{"values":{"a":"b"}}`},
	"end":                 {params: `{"result":"succeeded"}`},
	"wait":                {params: `{"for":"1h"}`, then: func(ctx context.Context, r *rig.Rig) error { return r.Advance(ctx, time.Hour+time.Minute) }},
	"approval": {params: `{"approvers":[{"email":"mona@bench.example"}],"subject":"Well?","draft":"Yes.","timeout":"4h"}`,
		then: func(ctx context.Context, r *rig.Rig) error { return r.Approve(ctx, "mona@bench.example") }},
}

// definition of a run by mail whose last node is of the kind; a Choice's ways lead to an
// end, which is taken out again.
func (p probe) definition(kind, otherID, url string) string {
	fill := strings.NewReplacer(other, otherID, server, url)
	var nodes, edges []string
	from := "trigger"
	add := func(id, kind, params string) {
		nodes = append(nodes, fmt.Sprintf(`{"id":%q,"type":%q,"params":%s}`, id, kind, fill.Replace(params)))
		edges = append(edges, fmt.Sprintf(`{"from":%q,"to":%q}`, from, id))
		from = id
	}
	if p.before != "" {
		add("before", p.before, probes[p.before].params)
	}
	add("it", kind, p.params)
	if k, ok := workflow.TheCatalog.Node(kind); ok && (kind == "branch" || kind == "wait" || kind == "approval") {
		nodes = append(nodes, `{"id":"over","type":"end","params":{"result":"succeeded"}}`)
		outputs := k.Outputs
		if kind == "branch" {
			outputs = append([]string{"yes"}, outputs...)
		}
		for _, o := range outputs {
			edges = append(edges, fmt.Sprintf(`{"from":"it","output":%q,"to":"over"}`, o))
		}
	}
	return fmt.Sprintf(`{"trigger":{"type":"message.received"},"nodes":[%s],"edges":[%s]}`, strings.Join(nodes, ","), strings.Join(edges, ","))
}

// nodes counts a mail alone, a run of nothing, and each type of node.
func nodes(ctx context.Context, r *rig.Rig, c *counter, a assumed, tick *use) (out cost.Counted, err error) {
	memory := memory(r)
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) }))
	defer answers.Close()
	otherID, err := publishOne(ctx, r, "other", `{"trigger":{"type":"manual"},"nodes":[{"id":"a","type":"set","params":{"values":{"a":"b"}}}],"edges":[{"from":"trigger","to":"a"}]}`)
	if err != nil {
		return out, err
	}
	if err := r.Enable(ctx, otherID, true); err != nil {
		return out, err
	}
	mail, err := countMail(ctx, r, c)
	if err != nil {
		return out, err
	}
	res := result{byPhase: mail}
	out.Mail = units(res.phases(tick), a, memory)
	out.Mail[cost.MailIn] = 1
	out.Mail[cost.ObjectPut]++ // SES puts the raw mail
	whole := map[string]cost.Use{}
	for _, kind := range slices.Sorted(maps.Keys(probes)) {
		p := probes[kind]
		id, err := publishOne(ctx, r, kind, p.definition(kind, otherID, answers.URL))
		if err != nil {
			return out, fmt.Errorf("%s: %w", kind, err)
		}
		res, err := count(ctx, r, c, scene{id: kind, name: kind, workflow: id, play: func(ctx context.Context, r *rig.Rig, try int) error {
			if err := r.Mail(sender, fmt.Sprint(kind, " ", try), "Here I am again."); err != nil || p.then == nil {
				return err
			}
			if err := r.Settle(ctx); err != nil {
				return err
			}
			return p.then(ctx, r)
		}})
		if err != nil {
			return out, fmt.Errorf("%s: %w", kind, err)
		}
		whole[kind] = units(res.phases(tick), a, memory)
		whole[kind][cost.Transition] = float64(res.transitions)
		fmt.Fprintf(os.Stderr, "counted %s\n", kind)
	}
	one := cost.Use{cost.Transition: 1}
	empty := less(whole["set"], one)
	out.Run, out.Nodes = less(empty, mailed(out.Mail)), map[string]cost.Use{}
	for kind, u := range whole {
		p := probes[kind]
		if p.before != "" {
			u = less(u, less(whole[p.before], empty))
		}
		n := less(u, empty)
		switch {
		case kind == "branch" || kind == "wait" || kind == "approval":
			n = less(n, one) // of the end that follows
		case p.model:
			n[cost.TokenIn], n[cost.TokenOut] = a.Model.TokensIn, a.Model.TokensOut
			n[cost.LambdaGBSecond] += a.Model.Ms / 1000 * float64(memory["reach"]) / 1024
		case kind == "http.request":
			n[cost.LambdaGBSecond] += a.HTTPMs / 1000 * float64(memory["reach"]) / 1024
		}
		out.Nodes[kind] = n
	}
	idle := units(map[string]*use{"sweep": tick}, a, memory)
	out.Idle = idle.Times(1 / float64(total(tick.invocations)))
	return out, nil
}

// less is what u takes beyond v, without the noise of two functions that met.
func less(u, v cost.Use) cost.Use {
	d := u.Plus(v.Times(-1))
	for k, n := range d {
		if k != cost.LambdaGBSecond && n < .5 || n <= 0 {
			delete(d, k)
		}
	}
	return d
}

// mailed is what functions take for a mail, without what SES does before them.
func mailed(mail cost.Use) cost.Use {
	u := mail.Plus(cost.Use{cost.ObjectPut: -1})
	delete(u, cost.MailIn)
	return u
}

// countMail counts a mail that starts nothing, while all workflows are published.
func countMail(ctx context.Context, r *rig.Rig, c *counter) (map[string]*use, error) {
	var all []map[string]*use
	for try := range tries + 1 {
		if err := r.Settle(ctx); err != nil {
			return nil, err
		}
		c.empty()
		if err := r.Mail(sender, fmt.Sprint("Nothing ", try), "Only to say hello."); err != nil {
			return nil, err
		}
		if err := r.Settle(ctx); err != nil {
			return nil, err
		}
		if took := c.take(); try > 0 {
			all = append(all, took)
		}
	}
	return median(all), nil
}

func publishOne(ctx context.Context, r *rig.Rig, name, definition string) (string, error) {
	id, revision, err := r.Draft(ctx, name, json.RawMessage(definition))
	if err != nil {
		return "", err
	}
	return id, r.Publish(ctx, id, revision)
}

// memory is megabytes by function.
func memory(r *rig.Rig) map[string]int {
	out := map[string]int{}
	for _, f := range r.Stack.Template.Functions() {
		out[short(f.LogicalID)] = f.MemoryMB
	}
	return out
}
