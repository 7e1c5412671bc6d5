package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// logLine is a line that a function wrote.
type logLine struct {
	Function                                                                 string `json:"-"` // receive, relay, …
	Level, Msg, Name, Error                                                  string
	EventID, RunID, NodeID, WorkflowID, RequestID, TraceID, ApprovalID, Type string
	text                                                                     string
}

// logged reads what every function of a stack has written so far.
func logged(t *testing.T, data string) (out []logLine) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "logs", "*.log"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d logs, %v", len(files), err)
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for s := bufio.NewScanner(f); s.Scan(); {
			_, text, _ := strings.Cut(s.Text(), " ") // the stand-in's own time
			l := logLine{text: text, Function: strings.ToLower(strings.TrimSuffix(filepath.Base(path), "Function.log"))}
			if err := json.Unmarshal([]byte(text), &l); err != nil && !strings.HasPrefix(text, "REPORT ") { // Lambda's own
				t.Errorf("%s: not JSON: %s", l.Function, text)
			}
			out = append(out, l)
		}
		f.Close()
	}
	return out
}

// find gives the lines that all of the conditions hold for.
func find(lines []logLine, holds func(logLine) bool) (out []logLine) {
	for _, l := range lines {
		if holds(l) {
			out = append(out, l)
		}
	}
	return out
}

// TestLogs: nothing that somebody wrote, no address and no secret is in any function's
// log, however things fail, and one mail is followed to its last step by ids alone.
func TestLogs(t *testing.T) {
	s, data := newStack(t, nil)
	d := deskOn(t, s)
	inbox, care := d.inbox("care")
	const words, header, query = "xylograph", "k-headersecret-11", "k-querysecret-22"
	w := d.publish("logs", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"call","type":"http.request","params":{"method":"POST","url":"http://127.0.0.1:9/x?key=%s","headers":{"X-Api-Key":"%s"},"body":{"text":"{{message.text}}"}}},
		 {"id":"lost","type":"http.request","params":{"method":"GET","url":"https://%s/{{message.subject}}"}},
		 {"id":"tell","type":"notify","params":{"to":{"email":"{{message.subject}}"},"subject":"{{message.subject}}","body":"{{message.text}}"}},
		 {"id":"sum","type":"ai.summarise","params":{}},
		 {"id":"ok","type":"approval","params":{"approvers":[{"email":%q}],"subject":"{{message.subject}}","draft":"{{message.text}}","timeout":"2h"}},
		 {"id":"send","type":"message.reply","params":{"body":"{{steps.ok.text}}"}},
		 {"id":"rest","type":"wait","params":{"until":"{{message.subject}} {{message.from}}"}}],
		"edges":[{"from":"trigger","to":"call"},{"from":"call","to":"lost"},{"from":"call","output":"error","to":"lost"},{"from":"lost","to":"tell"},{"from":"lost","output":"error","to":"tell"},
		 {"from":"tell","to":"sum"},{"from":"tell","output":"error","to":"sum"},{"from":"sum","to":"ok"},{"from":"ok","output":"approved","to":"send"},{"from":"ok","output":"rejected","to":"send"},{"from":"ok","output":"timed_out","to":"send"},{"from":"send","to":"rest"}]}`,
		d.in(inbox), query, header, words, d.staff("sam")))
	letter := func(to string) []byte {
		return fmt.Appendf(nil, "From: Zephyrine Quill <zephyrine@%s>\r\nTo: %s\r\nSubject: %s of my order\r\nMessage-ID: <%d.%s@mail.example>\r\n\r\nThe %s is broken, my number is 0049-555-7312.\r\n",
			d.domain("quill"), to, words, letters.Add(1), d.name, words)
	}
	zephyrine := "zephyrine@" + d.domain("quill")
	d.smtpIn(zephyrine, []string{care}, letter(care))
	r := d.oneRun(w, "waiting")
	page := d.openPage(d.oneSent(d.staff("sam")))
	d.anybody().get(page.link+"x").is(t, 404)
	d.decide(page, "approve", "Dear customer, your "+words+" is mended.", "comment on the "+words).is(t, 200)
	r = d.runAt(r.ID, "failed")
	d.readsBack(r, "call failed", "lost failed", "tell failed", "sum succeeded", "ok succeeded", "send succeeded", "rest failed")

	// What else fails, or carries a secret.
	nobody := "nobody@desk-" + d.name + ".example"
	d.smtpIn(zephyrine, []string{nobody}, letter(nobody))
	d.smtpIn(zephyrine, []string{care}, []byte("\x00\x01 "+words+"\r\n"))
	hooked := d.publish("hooked", `{"trigger":{"type":"webhook"},"nodes":[{"id":"raise","type":"end","params":{"result":"failed","reason":"{{detail.text}}"}}],"edges":[{"from":"trigger","to":"raise"}]}`)
	var hook struct{ Path, Secret string }
	d.admin().post("/v1/workflows/"+hooked+"/hook", nil).is(t, 201).into(t, &hook)
	d.anybody().post(hook.Path, map[string]any{"text": "the " + words}).is(t, 202)
	d.anybody().post(hook.Path+"x", map[string]any{"text": "the " + words}).is(t, 404)
	d.oneRun(hooked, "failed")
	d.admin().post("/v1/contacts", map[string]any{"email": "not an " + words}).is(t, 400)
	d.admin().post("/v1/contacts", map[string]any{"email": zephyrine, "name": words}).is(t, 409)
	d.admin().get("/v1/conversations?contact=" + zephyrine)
	for _, wrong := range []string{"/v1/nothing/" + zephyrine, "/hooks/" + words + "/" + hook.Secret, "/v1/runs/" + words + "/stop"} {
		d.admin().post(wrong, map[string]any{words: zephyrine}).is(t, 404)
	}
	d.pass(3 * 60 * 1e9) // the sweep
	lines := logged(t, data)

	t.Run("nobody's words", func(t *testing.T) {
		token, err := d.token(d.staff("sam"), "admin")
		if err != nil {
			t.Fatal(err)
		}
		link := page.link[strings.LastIndexByte(page.link, '/')+1:]
		token, _, _ = strings.Cut(token, ".") // its head, the same in every token
		for _, secret := range []string{words, "zephyrine", "quill", "7312", "mended", "comment on", "order", header, query, "X-Api-Key", link, page.hidden.Get("nonce"), hook.Secret, token,
			"@", d.domain("quill"), "desk-" + d.name, "staff-" + d.name, "logs " + d.name} {
			for _, l := range find(lines, func(l logLine) bool { return strings.Contains(strings.ToLower(l.text), strings.ToLower(secret)) }) {
				t.Errorf("%s says %q: %s", l.Function, secret, l.text)
			}
		}
		opaque := regexp.MustCompile(`[A-Za-z0-9+/_=-]{65,}`) // a task token, whatever it is
		for _, l := range find(lines, func(l logLine) bool { return opaque.MatchString(l.text) }) {
			t.Errorf("%s says something long: %s", l.Function, l.text)
		}
	})
	t.Run("whose", func(t *testing.T) {
		for _, l := range find(lines, func(l logLine) bool { return l.Msg != "" && l.Msg != "AWS SDK" }) {
			if l.RequestID == "" || !strings.HasPrefix(l.TraceID, "1-") || l.Level == "" {
				t.Errorf("%s: no invocation: %s", l.Function, l.text)
			}
		}
		for _, l := range find(lines, func(l logLine) bool { return l.Function == "act" || l.Function == "reach" }) {
			if l.Msg != "" && (l.RunID == "" || l.NodeID == "" || l.WorkflowID == "" || l.EventID == "") {
				t.Errorf("%s: not all ids: %s", l.Function, l.text)
			}
		}
	})
	t.Run("one mail", func(t *testing.T) {
		in := find(lines, func(l logLine) bool { return l.Function == "receive" && l.EventID != "" })
		if len(in) != 1 {
			t.Fatalf("%d mails taken in, want one: %+v", len(in), in)
		}
		event := in[0].EventID
		of := func(function string, holds func(logLine) bool) []logLine {
			t.Helper()
			got := find(lines, func(l logLine) bool { return l.Function == function && holds(l) })
			if len(got) == 0 {
				t.Fatalf("%s says nothing of it", function)
			}
			return got
		}
		of("relay", func(l logLine) bool { return l.EventID == event })
		started := of("dispatch", func(l logLine) bool { return l.EventID == event && l.RunID != "" })
		run := started[0].RunID
		if run != r.ID || started[0].WorkflowID != w {
			t.Errorf("leads to %+v, want run %s", started[0], r.ID)
		}
		ofRun := func(l logLine) bool { return l.RunID == run && l.EventID == event && l.WorkflowID == w }
		var nodes []string
		for _, function := range []string{"act", "reach"} {
			for _, l := range of(function, ofRun) {
				nodes = append(nodes, l.NodeID)
			}
		}
		slices.Sort(nodes)
		if got := strings.Join(slices.Compact(nodes), " "); got != "call lost ok rest send sum tell" {
			t.Errorf("steps %q", got)
		}
		of("approve", func(l logLine) bool { return l.RunID == run && l.NodeID == "ok" && l.ApprovalID != "" })
		if ended := of("record", ofRun); ended[len(ended)-1].Msg != "run failed" {
			t.Errorf("in the end: %+v", ended)
		}
	})
}
