package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// process is the local stack as `make run` starts it.
type process struct {
	t     *testing.T
	bin   string
	env   []string
	url   string
	cmd   *exec.Cmd
	ended chan error
	said  *bytes.Buffer
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// newProcess builds the program and chooses its ports and its folder.
func newProcess(t *testing.T) (p *process, d *desk) {
	t.Helper()
	cache, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	p = &process{t: t, bin: filepath.Join(cache, "local")}
	build := exec.Command("go", "build", "-o", p.bin, "./infra/local")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := dataDir(data); err != nil {
		t.Fatal(err)
	}
	front, smtp, aws := freePort(t), freePort(t), freePort(t)
	p.env = append(os.Environ(), "DEMO=0", "AUTH=", "DATA_DIR="+data, "PORT="+front, "SMTP_PORT="+smtp, "AWS_PORT="+aws)
	p.url = "http://127.0.0.1:" + front
	d = &desk{t: t, url: p.url, smtp: "127.0.0.1:" + smtp, aws: "http://127.0.0.1:" + aws,
		advance: p.advance,
		idle:    func() error { return p.advance(0) },
		token:   func(string, string) (string, error) { return "", nil }, // without one, the local admin
	}
	d.prefix()
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
	})
	return p, d
}

func (p *process) start() {
	p.t.Helper()
	p.said = &bytes.Buffer{}
	p.cmd = exec.Command(p.bin)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = root, p.env, p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.ended = make(chan error, 1)
	go func() { p.ended <- p.cmd.Wait() }()
	deadline := time.After(patience)
	for {
		if resp, err := http.Get(p.url + "/v1/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-p.ended:
			p.cmd = nil
			p.t.Fatalf("the stack ended: %v\n%s", err, p.said)
		case <-deadline:
			p.t.Fatalf("the stack does not answer after %s\n%s", patience, p.said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.cmd = nil
}

// advance moves the clock over HTTP; by nothing, it waits until all is settled.
func (p *process) advance(by time.Duration) error {
	body, err := json.Marshal(map[string]string{"advance": by.String()})
	if err != nil {
		return err
	}
	resp, err := http.Post(p.url+"/local/time", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var said bytes.Buffer
	_, _ = said.ReadFrom(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("advance %s: %s: %s", by, resp.Status, said.String())
	}
	return nil
}

func TestKilledAndRestarted(t *testing.T) {
	p, d := newProcess(t)
	p.start()
	inbox, care := d.inbox("care")
	rush, rushed := d.inbox("rush")
	team := d.group("team", d.staff("boss"), d.staff("sam"))
	answer := d.publish("answer", d.answering(inbox, team, "7d"))
	chase := d.publish("chase", fmt.Sprintf(`{"trigger":{"type":"ticket.status_changed","conditions":{"all":[{"field":"ticket.status","op":"is","value":"open"}]}},
		"nodes":[{"id":"a_day","type":"wait","params":{"for":"24h","cancelOn":[{"type":"ticket.status_changed"}]}},
		 {"id":"tell","type":"notify","params":{"to":{"managerOf":%q},"subject":"Still open: {{ticket.subject}}","body":"See to it."}}],
		"edges":[{"from":"trigger","to":"a_day"},{"from":"a_day","output":"elapsed","to":"tell"}]}`, team))
	tag := d.publish("tag", d.tagOnly(rush, "seen"))
	customer := "priya@" + d.domain("raman")
	id := d.deliver(letter{file: "question.eml", from: customer, to: care})
	waiting := d.newest(answer, "waiting")
	var ticket struct{ ID string }
	d.admin().post("/v1/tickets", map[string]any{"subject": "Printer on fire"}).is(t, 201).into(t, &ticket)
	paused := d.newest(chase, "paused")
	d.pass(5 * time.Hour)

	// Mail that SMTP took and that nobody has dealt with when the process dies.
	const rushing = 6
	settle := d.idle
	d.idle = func() error { return nil }
	for i := range rushing {
		d.deliver(letter{file: "order_cp1252.eml", from: fmt.Sprintf("zoe%d@%s", i, d.domain("acme")), to: rushed})
	}
	p.kill()
	d.idle = settle
	p.start()

	if r := d.run(waiting.ID); r.Status != "waiting" {
		t.Errorf("the run that waits for approval is %s", r.Status)
	}
	if r := d.run(paused.ID); r.Status != "paused" || !r.PausedUntil.Equal(*paused.PausedUntil) {
		t.Errorf("the run in its wait is %s until %v", r.Status, r.PausedUntil)
	}
	d.pass(4 * time.Minute) // what a killed function had taken off the queue comes back after three
	d.untilf("the rushed mail is dealt with", func() bool {
		done := 0
		for _, r := range d.runs(tag) {
			if r.Status == "succeeded" {
				done++
			}
		}
		return done >= rushing
	}, func() any { return d.runs(tag) })
	if n := len(d.runs(tag)); n != rushing {
		t.Errorf("%d runs for %d mails", n, rushing)
	}
	for i := range rushing {
		if c := d.conversationWith(fmt.Sprintf("zoe%d@%s", i, d.domain("acme"))); len(c.Messages) != 1 || len(c.Tags) != 1 {
			t.Errorf("mail %d: %d messages, tags %q", i, len(c.Messages), c.Tags)
		}
	}

	ask := d.oneSent(d.staff("sam"))
	d.decide(d.openPage(ask), "approve", "Yes, you can.", "").is(t, 200)
	p.kill() // whatever was under way is taken up again
	p.start()
	d.readsBack(d.runAt(waiting.ID, "succeeded"), "draft succeeded", "ok succeeded", "send succeeded")
	if m := d.oneSent(customer); strings.TrimSpace(m.Text) != "Yes, you can." || m.Headers["In-Reply-To"] != "<"+id+">" {
		t.Errorf("the customer got %q in answer to %q", m.Text, m.Headers["In-Reply-To"])
	}

	d.pass(19*time.Hour - 14*time.Minute)
	if got := d.sent(d.staff("boss")); len(got) != 0 {
		t.Errorf("ten minutes too early: %+v", got)
	}
	d.pass(11 * time.Minute)
	d.readsBack(d.runAt(paused.ID, "succeeded"), "a_day succeeded", "tell succeeded")
	if m := d.oneSent(d.staff("boss")); m.Subject != "Still open: Printer on fire" {
		t.Errorf("the manager got %q", m.Subject)
	}
}
