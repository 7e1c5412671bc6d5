package e2e_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched is what REST says of a workflow that fails.
type watched struct {
	Enabled                    bool
	DisabledBy, DisabledReason string
	Failures                   json.RawMessage
}

// TestFailingWorkflow: who is to be told is told once when a workflow starts to fail, it
// is switched off after three failures in a row, and starts afresh when it is enabled; the
// metrics of the functions' logs add up to what happened.
func TestFailingWorkflow(t *testing.T) {
	s, data := newStack(t, nil)
	d := deskOn(t, s)
	inbox, care := d.inbox("care")
	team := d.group("ops", "", d.staff("olga"), d.staff("omar"))
	w := d.publish("fragile", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"way","type":"branch","params":{"cases":[{"id":"bad","when":{"field":"message.subject","op":"contains","value":"break"}}]}},
		 {"id":"book","type":"notify","params":{"to":{"email":"nobody {{message.subject}}"},"subject":"x","body":"y"}},
		 {"id":"fine","type":"conversation.tag","params":{"add":["fine"]}}],
		"edges":[{"from":"trigger","to":"way"},{"from":"way","output":"bad","to":"book"},{"from":"way","output":"otherwise","to":"fine"}]}`, d.in(inbox)))
	// The group of the desk, and the inbox itself beside it for another workflow: a notice that
	// comes back in starts nothing.
	d.admin().put("/v1/settings", map[string]any{"failures": map[string]any{"notify": map[string]string{"group": team}, "switchOffAfter": 3}}).is(t, 200)
	n := 0
	mail := func(subject string) {
		t.Helper()
		n++
		from := "priya@" + d.domain("raman")
		d.smtpIn(from, []string{care}, fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%d.%s@mail.example>\r\n\r\nHello\r\n", from, care, subject, n, d.name))
		d.until("a run", func() bool {
			rs := d.runs(w)
			return len(rs) == n && (rs[0].Status == "failed" || rs[0].Status == "succeeded")
		})
	}
	told := func(want ...string) {
		t.Helper()
		d.pass(2 * time.Minute)
		got := d.sent(d.staff("olga"))
		var subjects []string
		for i := len(got) - 1; i >= 0; i-- {
			subject, _, _ := strings.Cut(got[i].Subject, ":")
			subjects = append(subjects, subject)
		}
		if strings.Join(subjects, ", ") != strings.Join(want, ", ") {
			t.Fatalf("told %q, want %q", subjects, want)
		}
	}
	is := func() (out watched) {
		t.Helper()
		d.admin().get("/v1/workflows/"+w).is(t, 200).into(t, &out)
		return out
	}
	mail("all is well")
	told()
	mail("please break")
	told("Failing")
	first := d.runs(w)[0]
	m := d.newestSent(d.staff("olga"))
	for _, want := range []string{"fragile " + d.name, first.ID, `"book"`, "bad_address", d.url + "/runs/" + first.ID, "retry"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the notice does not say %q: %s", want, m.Text)
		}
	}
	if len(m.To) != 2 {
		t.Errorf("told %q", m.To)
	}
	mail("break")
	told("Failing")
	mail("well again")
	mail("break")
	told("Failing", "Failing")
	mail("break")
	if !is().Enabled {
		t.Fatal("off after two in a row")
	}
	mail("break")
	off := is()
	if off.Enabled || off.DisabledBy != "system" || !strings.Contains(off.DisabledReason, "3 runs in a row failed") || !strings.Contains(off.DisabledReason, "bad_address") {
		t.Errorf("%+v", off)
	}
	told("Failing", "Failing", "Switched off")
	d.admin().get("/v1/audit?kind=workflow&id="+w+"&action=workflow.switch_off").is(t, 200).has(t, `"who":"system"`, "3 runs in a row failed")
	from := "priya@" + d.domain("raman")
	d.smtpIn(from, []string{care}, fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: break\r\nMessage-ID: <off.%s@mail.example>\r\n\r\nHello\r\n", from, care, d.name))
	if got := len(d.runs(w)); got != n {
		t.Errorf("%d runs, want %d: it is off", got, n)
	}

	// Enabled again it starts afresh; its notices go into the desk's own inbox, and start nothing.
	d.admin().post("/v1/workflows/"+w+"/enable", nil).is(t, 200)
	d.admin().patch("/v1/workflows/"+w, map[string]any{"failures": map[string]any{"notify": map[string]string{"email": care}}}).is(t, 200)
	if on := is(); !on.Enabled || on.DisabledBy != "" || on.DisabledReason != "" || !strings.Contains(string(on.Failures), care) {
		t.Errorf("%+v", on)
	}
	for range 4 {
		mail("break")
	}
	d.pass(2 * time.Minute)
	notice := d.newestSent(care)
	if !strings.HasPrefix(notice.Subject, "Failing: ") {
		t.Fatalf("sent %+v", notice)
	}
	raw := fmt.Appendf(nil, "From: Care <%s>\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <own.%s@mail.example>\r\nAuto-Submitted: auto-generated\r\n\r\n%s\r\n", care, care, notice.Subject, d.name, notice.Text)
	d.smtpIn(care, []string{care}, raw) // as SES brings it back
	d.pass(2 * time.Minute)
	if got := len(d.runs(w)); got != n {
		t.Errorf("%d runs, want %d: the desk's own mail started one", got, n)
	}
	if !is().Enabled {
		t.Error("switched off by the desk's settings, and it has its own")
	}
	told("Failing", "Failing", "Switched off")

	sums := metrics(t, data)
	want := map[string]int64{"RunsStarted": int64(n), "RunsFailed": 9, "RunsSucceeded": 2, "RunsStopped": 0, "EventsMatched": int64(n), "MailFailed": 0, "ActionErrors": 9}
	for name, v := range want {
		if sums[name] != v {
			t.Errorf("%s is %d in sum, want %d", name, sums[name], v)
		}
	}
	if sums["EventsIn"] < int64(n)+1 || sums["RunCostMicroUSD"] < int64(n)*20 || sums["MailIn"] < int64(n)+2 || sums["SendRejected"] != 0 {
		t.Errorf("%v", sums)
	}
	for _, gauge := range []string{"ApprovalsWaiting", "OldestApprovalSeconds", "RunsWaiting", "RunsPaused"} {
		if v, ok := sums[gauge]; !ok || v != 0 {
			t.Errorf("%s is %d (%v)", gauge, v, ok)
		}
	}
}

// metrics adds up what the functions of a stack have written in the embedded metric format.
func metrics(t *testing.T, data string) map[string]int64 {
	t.Helper()
	sums := map[string]int64{}
	for _, l := range logged(t, data) {
		var doc struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
			Stack string
		}
		if json.Unmarshal([]byte(l.text), &doc) != nil || doc.AWS.Timestamp == 0 {
			continue
		}
		var values map[string]any
		if err := json.Unmarshal([]byte(l.text), &values); err != nil {
			t.Fatal(err)
		}
		for _, c := range doc.AWS.CloudWatchMetrics {
			if c.Namespace != "Deskhand" || fmt.Sprint(c.Dimensions) != "[[Stack]]" || doc.Stack == "" {
				t.Errorf("%s: %s", l.Function, l.text)
			}
			for _, m := range c.Metrics {
				v, ok := values[m.Name].(float64)
				if !ok {
					t.Errorf("%s: no value for %s: %s", l.Function, m.Name, l.text)
				}
				sums[m.Name] += int64(v)
			}
		}
	}
	if len(sums) == 0 {
		t.Fatalf("no metrics in %s", filepath.Join(data, "logs"))
	}
	return sums
}
