package run_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/interp"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

const tagReply = `{"trigger":{"type":"message.received"},
 "nodes":[{"id":"tag","type":"conversation.tag","name":"Mark it","params":{"add":["refund","{{contact.name}}"]}},
          {"id":"send","type":"message.reply","params":{"body":"Dear **{{contact.name}}**, we saw \"{{message.subject}}\"."}}],
 "edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"send"}]}`

const withErrorEdge = `{"trigger":{"type":"message.received"},
 "nodes":[{"id":"send","type":"message.reply","retry":{"maxAttempts":1,"interval":"5s"},"params":{"body":"Hello"}},
          {"id":"tell","type":"notify","params":{"to":{"email":"lead@demo.test"},"subject":"It failed","body":"{{steps.send.error.code}}"}}],
 "edges":[{"from":"trigger","to":"send"},{"from":"send","output":"error","to":"tell"}]}`

const withApproval = `{"trigger":{"type":"message.received"},
 "nodes":[{"id":"ok","type":"approval","name":"Check","params":{"approvers":[{"email":"lead@demo.test"}],"subject":"Reply?","draft":"Dear you","timeout":"1h"}},
          {"id":"send","type":"message.reply","params":{"body":"{{steps.ok.text}}"}},
          {"id":"no","type":"conversation.tag","params":{"add":["no"]}}],
 "edges":[{"from":"trigger","to":"ok"},{"from":"ok","output":"approved","to":"send"},{"from":"ok","output":"rejected","to":"no"},{"from":"ok","output":"timed_out","to":"no"}]}`

const withWait = `{"trigger":{"type":"message.received"},
 "nodes":[{"id":"pause","type":"wait","params":{"for":"24h","cancelOn":[{"type":"message.received"}]}},
          {"id":"tag","type":"conversation.tag","params":{"add":["old"]}}],
 "edges":[{"from":"trigger","to":"pause"},{"from":"pause","output":"elapsed","to":"tag"}]}`

const withLogic = `{"trigger":{"type":"message.received"},
 "nodes":[{"id":"b","type":"branch","name":"VIP?","params":{"cases":[{"id":"vip","when":{"field":"contact.name","op":"is","value":"Anna"}}]}},
          {"id":"v","type":"set","params":{"values":{"who":"{{contact.name}}"}}},
          {"id":"stop","type":"end","params":{"result":"failed","reason":"{{vars.who}} is not served"}}],
 "edges":[{"from":"trigger","to":"b"},{"from":"b","output":"vip","to":"v"},{"from":"v","to":"stop"}]}`

// answer is what a task does at one try; the last one stands for all further tries.
type answer struct {
	result string // of the function, JSON
	err    string // or its error name
	after  string // of a token: when it is answered; "" is never
	took   time.Duration
}

type machine struct {
	program *interp.Program
	places  map[string]run.Place
	def     *workflow.Definition
}

func compiled(tb testing.TB, source string) machine {
	tb.Helper()
	def, problems := check.Source([]byte(source), check.Options{AI: true, Groups: []string{"billing"}, Managed: []string{"billing"}, Inboxes: []string{"support"}})
	if workflow.HasErrors(problems) {
		tb.Fatalf("%+v", problems)
	}
	m, sources, err := compile.Machine(def, compile.Options{WorkflowID: "wf_1", Name: "a flow", Version: 3,
		ActARN: "arn:aws:lambda:us-east-1:123456789012:function:act:live", ReachARN: "arn:aws:lambda:us-east-1:123456789012:function:reach:live"})
	if err != nil {
		tb.Fatal(err)
	}
	p, err := interp.Compile(m)
	if err != nil {
		tb.Fatal(err)
	}
	places := map[string]run.Place{}
	for state, src := range sources {
		if src.Node == "" {
			continue
		}
		for _, n := range def.Nodes {
			if n.ID == src.Node {
				places[state] = run.Place{Node: n.ID, Name: n.Name, Type: n.Type, Role: string(src.Role)}
			}
		}
	}
	return machine{p, places, def}
}

// play drives an execution by hand, so that it can be stopped, left where it is, and redriven.
type play struct {
	tb      testing.TB
	m       machine
	e       *interp.Execution
	now     time.Time
	answers map[string][]answer
	tries   map[string]int
	pending []due
}

type due struct {
	at     time.Time
	signal interp.Signal
}

func newPlay(tb testing.TB, m machine, answers map[string][]answer) *play {
	input := `{"v":1,"run":{"id":"run_1"},"workflow":{"id":"wf_1","name":"a flow","version":3},"event":{"id":"evt_1","type":"message.received","time":"2026-11-22T09:00:00Z"},
	 "message":{"id":"msg_1","subject":"Money","text":"refund","from":"anna@example.com"},"conversation":{"id":"conv_1","tags":[]},"contact":{"id":"con_1","name":"Anna","email":"anna@example.com"}}`
	return &play{tb: tb, m: m, now: start, answers: answers, tries: map[string]int{},
		e: &interp.Execution{ARN: "arn:x", Name: "run_1", Input: json.RawMessage(input)}}
}

func (p *play) signal(s interp.Signal) {
	p.tb.Helper()
	effects, err := p.m.program.Advance(p.e, s, interp.Env{Context: p.tb.Context(), Now: p.now, Region: "us-east-1",
		Random: func() float64 { return 0.5 }, UUID: func() string { return "u" }, Token: func() string { return fmt.Sprintf("token-%d", p.e.LastID) }})
	if err != nil {
		p.tb.Fatal(err)
	}
	if effects.Task != nil {
		p.do(*effects.Task)
	}
}

func (p *play) do(t interp.Task) {
	list := p.answers[t.State]
	if len(list) == 0 {
		p.tb.Fatalf("nobody answers %s", t.State)
	}
	a := list[min(p.tries[t.State], len(list)-1)]
	p.tries[t.State]++
	at := p.now.Add(a.took)
	switch {
	case a.err != "":
		cause, _ := json.Marshal(map[string]string{"errorMessage": "it went wrong", "errorType": a.err})
		p.pending = append(p.pending, due{at, interp.Fail(t.ID, interp.Fault(a.err, string(cause)))})
	case t.WaitsForToken():
		p.pending = append(p.pending, due{at, interp.Submit(t.ID, json.RawMessage(`{"StatusCode":200,"Payload":{"result":{"approvalId":"apr_1"}}}`))})
		if a.after != "" {
			d, err := time.ParseDuration(a.after)
			if err != nil {
				p.tb.Fatal(err)
			}
			p.pending = append(p.pending, due{p.now.Add(d), interp.Succeed(t.ID, json.RawMessage(`{"result":`+a.result+`}`))})
		}
	default:
		p.pending = append(p.pending, due{at, interp.Succeed(t.ID, json.RawMessage(`{"StatusCode":200,"Payload":{"result":`+a.result+`}}`))})
	}
}

// until goes on until the execution ends, or the time given.
func (p *play) until(end time.Time) *play {
	p.tb.Helper()
	if p.e.Status == "" {
		p.signal(interp.Start())
	}
	for p.e.Status == interp.Running {
		next, signal, which := p.e.Due(), interp.Tick(), -1
		for i, d := range p.pending {
			if !d.at.After(next) {
				next, signal, which = d.at, d.signal, i
				break
			}
		}
		if next.After(end) {
			return p
		}
		if which >= 0 {
			p.pending = append(p.pending[:which], p.pending[which+1:]...)
		} else {
			p.pending = nil // what comes after the task's time is over
		}
		p.now = next
		p.signal(signal)
	}
	return p
}

func (p *play) events() (out []run.HistoryEvent) {
	for _, ev := range p.e.Events {
		out = append(out, flat(ev))
	}
	return out
}

// flat is an event in the product's shape, as engine makes it of the SDK's.
func flat(ev interp.Event) run.HistoryEvent {
	h := run.HistoryEvent{ID: ev.ID, PreviousID: ev.PreviousID, Type: ev.Type, At: ev.Timestamp.UTC()}
	raw := func(s string) json.RawMessage {
		if s == "" {
			return nil
		}
		return json.RawMessage(s)
	}
	fail := func(e, c *string) {
		if e != nil {
			h.Error = *e
		}
		if c != nil {
			h.Cause = *c
		}
	}
	switch {
	case ev.StateEntered != nil:
		h.State, h.Input = ev.StateEntered.Name, raw(ev.StateEntered.Input)
	case ev.StateExited != nil:
		h.State, h.Output, h.Variables = ev.StateExited.Name, raw(ev.StateExited.Output), ev.StateExited.AssignedVariables
	case ev.TaskScheduled != nil:
		h.Input, h.Resource = raw(ev.TaskScheduled.Parameters), ev.TaskScheduled.Resource
	case ev.TaskSubmitted != nil:
		h.Output = raw(ev.TaskSubmitted.Output)
	case ev.TaskSucceeded != nil:
		h.Output = raw(ev.TaskSucceeded.Output)
	case ev.TaskFailed != nil:
		fail(ev.TaskFailed.Error, ev.TaskFailed.Cause)
	case ev.TaskTimedOut != nil:
		fail(ev.TaskTimedOut.Error, ev.TaskTimedOut.Cause)
	case ev.ExecutionFailed != nil:
		fail(ev.ExecutionFailed.Error, ev.ExecutionFailed.Cause)
	case ev.ExecutionAborted != nil:
		fail(ev.ExecutionAborted.Error, ev.ExecutionAborted.Cause)
	case ev.EvaluationFailed != nil:
		h.State, h.Error, h.Cause = ev.EvaluationFailed.State, ev.EvaluationFailed.Error, ev.EvaluationFailed.Cause
	case ev.ExecutionRedriven != nil:
		h.RedriveCount = ev.ExecutionRedriven.RedriveCount
	}
	return h
}

// line is a step in one line: what the table below states.
func line(s run.Step) string {
	out := fmt.Sprintf("%s %s %d×", s.NodeID, s.Status, s.Attempts)
	if s.DurationMs != nil {
		out += fmt.Sprintf(" %s", time.Duration(*s.DurationMs)*time.Millisecond)
	}
	if s.Handled {
		out += " handled"
	}
	if s.Error != nil {
		out += " " + s.Error.Code + ": " + s.Error.Message
	}
	if s.Input != nil {
		out += " in " + string(s.Input)
	}
	if s.Output != nil {
		out += " out " + string(s.Output)
	}
	return out
}

func TestSteps(t *testing.T) {
	hour := start.Add(time.Hour)
	forEver := start.Add(1000 * time.Hour)
	const (
		tagIn  = ` in {"add":["refund","Anna"]}`
		tagOut = ` out {"tags":["refund"]}`
		sendIn = ` in {"body":"Dear **Anna**, we saw \"Money\"."}`
		askIn  = ` in {"approvers":[{"email":"lead@demo.test"}],"draft":"Dear you","subject":"Reply?","timeout":"1h"}`
		waitIn = ` in {"cancelOn":[{"type":"message.received"}],"for":"24h"}`
		wrong  = ": it went wrong"
	)
	decided := func(output string) string {
		return `{"output":"` + output + `","decision":"` + output + `","by":"lead@demo.test","text":"Dear all","edited":true}`
	}
	for _, c := range []struct {
		name    string
		flow    string
		answers map[string][]answer
		until   time.Time
		then    func(p *play)
		whole   run.Status
		want    []string
	}{
		{"success", tagReply, map[string][]answer{"tag": {{result: `{"tags":["refund"]}`, took: 2 * time.Second}}, "send": {{result: `{"sent":true}`}}}, forEver, nil, run.Succeeded,
			[]string{"tag succeeded 1× 2s" + tagIn + tagOut, "send succeeded 1× 0s" + sendIn + ` out {"sent":true}`}},
		{"failed", tagReply, map[string][]answer{"tag": {{result: `{"tags":["refund"]}`}}, "send": {{err: "mail_refused", took: time.Second}}}, forEver, nil, run.Failed,
			[]string{"tag succeeded 1× 0s" + tagIn + tagOut, "send failed 1× 1s mail_refused" + wrong + sendIn}},
		{"retried", tagReply, map[string][]answer{"tag": {{err: "unavailable"}, {err: "unavailable"}, {result: `{"tags":["refund"]}`}}, "send": {{result: `{}`}}}, forEver, nil, run.Succeeded,
			[]string{"tag succeeded 3× 3s" + tagIn + tagOut, "send succeeded 1× 0s" + sendIn + ` out {}`}},
		{"retries spent", tagReply, map[string][]answer{"tag": {{err: "unavailable"}}}, forEver, nil, run.Failed,
			[]string{"tag failed 7× 1m1s unavailable" + wrong + tagIn}},
		{"error edge after the node's own retry", withErrorEdge, map[string][]answer{"send": {{err: "send_unknown"}}, "tell": {{result: `{"sent":true}`}}}, forEver, nil, run.Succeeded,
			[]string{"send failed 2× 5s handled send_unknown" + wrong + ` in {"body":"Hello"}`,
				`tell succeeded 1× 0s in {"body":"send_unknown","subject":"It failed","to":{"email":"lead@demo.test"}} out {"sent":true}`}},
		{"approved", withApproval, map[string][]answer{"ok": {{result: `{"output":"approved"}`, after: "30m"}}, "ok.resume": {{result: decided("approved")}}, "send": {{result: `{}`}}}, forEver, nil, run.Succeeded,
			[]string{"ok succeeded 1× 30m0s" + askIn + " out " + decided("approved"), `send succeeded 1× 0s in {"body":"Dear all"} out {}`}},
		{"rejected, asked twice because the function broke off", withApproval, map[string][]answer{"ok": {{err: "Lambda.ServiceException"}, {result: `{"output":"rejected"}`, after: "10m"}}, "ok.resume": {{err: "unavailable"}, {result: decided("rejected")}}, "no": {{result: `{}`}}}, forEver, nil, run.Succeeded,
			[]string{"ok succeeded 2× 10m2s" + askIn + " out " + decided("rejected"), `no succeeded 1× 0s in {"add":["no"]} out {}`}},
		{"approval timed out", withApproval, map[string][]answer{"ok": {{}}, "ok.resume": {{result: `{"output":"timed_out","decision":"timed_out","text":"Dear you","edited":false}`}}, "no": {{result: `{}`}}}, forEver, nil, run.Succeeded,
			[]string{"ok succeeded 1× 1h1m0s" + askIn + ` out {"output":"timed_out","decision":"timed_out","text":"Dear you","edited":false}`, `no succeeded 1× 0s in {"add":["no"]} out {}`}},
		{"no approvers", withApproval, map[string][]answer{"ok": {{err: "no_approvers"}}}, forEver, nil, run.Failed,
			[]string{"ok failed 1× 0s no_approvers" + wrong + askIn}},
		{"waiting", withApproval, map[string][]answer{"ok": {{}}}, start.Add(30 * time.Minute), nil, run.Waiting,
			[]string{"ok waiting 1×" + askIn}},
		{"wait elapsed", withWait, map[string][]answer{"pause": {{}}, "pause.resume": {{result: `{"output":"elapsed"}`}}, "tag": {{result: `{}`}}}, forEver, nil, run.Succeeded,
			[]string{"pause succeeded 1× 24h0m0s" + waitIn + ` out {"output":"elapsed"}`, `tag succeeded 1× 0s in {"add":["old"]} out {}`}},
		{"wait cancelled", withWait, map[string][]answer{"pause": {{result: `{"output":"cancelled"}`, after: "2h"}}, "pause.resume": {{result: `{"output":"cancelled","event":"evt_2"}`}}}, forEver, nil, run.Succeeded,
			[]string{"pause succeeded 1× 2h0m0s" + waitIn + ` out {"output":"cancelled","event":"evt_2"}`}},
		{"paused", withWait, map[string][]answer{"pause": {{}}}, hour, nil, run.Paused,
			[]string{"pause paused 1×" + waitIn}},
		{"running", tagReply, map[string][]answer{"tag": {{result: `{"tags":["refund"]}`}}, "send": {{result: `{}`, took: 10 * time.Second}}}, start.Add(5 * time.Second), nil, run.Running,
			[]string{"tag succeeded 1× 0s" + tagIn + tagOut, "send running 1×" + sendIn}},
		{"not begun", tagReply, nil, start.Add(-time.Second), nil, run.Running, []string{}},
		{"stopped while it waited", withWait, map[string][]answer{"pause": {{}}}, hour, func(p *play) {
			p.now = hour
			p.signal(interp.Stop(interp.Fault("stopped", "by anna")))
		}, run.Stopped, []string{"pause stopped 1× 1h0m0s" + waitIn}},
		{"redriven, and then it worked", tagReply, map[string][]answer{"tag": {{result: `{"tags":["refund"]}`}}, "send": {{err: "mail_refused"}, {result: `{"sent":true}`}}}, forEver, func(p *play) {
			p.now = hour
			p.signal(interp.Redrive())
			p.until(forEver)
		}, run.Succeeded, []string{"tag succeeded 1× 0s" + tagIn + tagOut, "send succeeded 2× 1h0m0s" + sendIn + ` out {"sent":true}`}},
		{"redriven, and it runs", tagReply, map[string][]answer{"tag": {{result: `{"tags":["refund"]}`}}, "send": {{err: "mail_refused"}, {result: `{}`, took: time.Minute}}}, forEver, func(p *play) {
			p.now = hour
			p.signal(interp.Redrive())
			p.until(hour)
		}, run.Running, []string{"tag succeeded 1× 0s" + tagIn + tagOut, "send running 2×" + sendIn}},
		{"redriven where it settles an approval", withApproval, map[string][]answer{"ok": {{result: `{"output":"approved"}`, after: "30m"}}, "ok.resume": {{err: "internal"}, {result: decided("approved")}}, "send": {{result: `{}`}}}, forEver, func(p *play) {
			p.now = hour
			p.signal(interp.Redrive())
			p.until(forEver)
		}, run.Succeeded, []string{"ok succeeded 1× 1h0m0s" + askIn + " out " + decided("approved"), `send succeeded 1× 0s in {"body":"Dear all"} out {}`}},
		{"branch, set and a failed end", withLogic, nil, forEver, nil, run.Failed,
			[]string{`b succeeded 1× 0s out {"output":"vip"}`, `v succeeded 1× 0s out {"who":"Anna"}`, `stop failed 1× 0s ended: Anna is not served`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := compiled(t, c.flow)
			p := newPlay(t, m, c.answers)
			if !c.until.Before(start) {
				p.until(c.until)
			}
			if c.then != nil {
				c.then(p)
			}
			got := []string{}
			for _, s := range run.Steps(p.events(), m.places, c.whole) {
				if s.Name == "" || s.Type == "" || s.StartedAt.IsZero() || (s.EndedAt == nil) != (s.DurationMs == nil) {
					t.Errorf("incomplete: %+v", s)
				}
				got = append(got, line(s))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("steps (-want +got):\n%s", d)
			}
		})
	}
}

// A page of a history that breaks off anywhere gives steps, never a panic.
func TestStepsOfBeginnings(t *testing.T) {
	m := compiled(t, withApproval)
	p := newPlay(t, m, map[string][]answer{"ok": {{err: "unavailable"}, {result: `{"output":"approved"}`, after: "30m"}}, "ok.resume": {{result: `{"output":"approved","text":"x"}`}}, "send": {{result: `{}`}}})
	all := p.until(start.Add(1000 * time.Hour)).events()
	for n := range all {
		for _, whole := range run.Statuses {
			for i, s := range run.Steps(all[:n], m.places, whole) {
				if s.Status == "" || s.Attempts > 2 || i > 1 {
					t.Fatalf("after %d events of a run that is %s: %+v", n, whole, s)
				}
			}
		}
	}
}
