package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/cost"
)

const template = "../../../template.yaml"

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, "1,100,10000", "", template); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| Step Functions |", "**all but the model**", "| Bedrock, tokens |", "| mails a month | 43,200 | 4,320,000 | 432,000,000 |", "First: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// The services of the table are the whole of it, and a hundredfold rate takes a hundred
// times what the mails take.
func TestMonth(t *testing.T) {
	d, err := readDesk("")
	if err != nil {
		t.Fatal(err)
	}
	one, _ := d.month(1)
	many, _ := d.month(100)
	sum := 0.0
	for _, s := range services() {
		sum += one.dollars(s)
	}
	if math.Abs(sum-one.use.Dollars()) > 1e-9 || sum <= 0 {
		t.Errorf("the services are $%g, all is $%g", sum, one.use.Dollars())
	}
	if got, want := many.use[cost.Transition], 100*one.use[cost.Transition]; math.Abs(got-want) > 1e-3 || want == 0 {
		t.Errorf("%g transitions, want %g", got, want)
	}
	if got, want := one.use[cost.MailIn], float64(minutes); got != want {
		t.Errorf("%g mails came in, want %g", got, want)
	}
	idle := many.use[cost.QueueRequest] - 100*(one.use[cost.QueueRequest]-idlePolls)
	if math.Abs(idle-idlePolls) > 1e-3 {
		t.Errorf("the pollers of a month are counted as %g, want %d", idle, idlePolls)
	}
	if traces(100) != 100 || traces(minutes*60+100) != minutes*60+5 {
		t.Error("X-Ray keeps the first of a second and 5 % of the others")
	}
}

func TestQuotas(t *testing.T) {
	var q quotas
	if err := decode(quotasFile, &q); err != nil {
		t.Fatal(err)
	}
	d, _ := readDesk("")
	low, _ := d.month(1)
	seen := map[string]bool{}
	for _, x := range q.Quotas {
		seen[x.ID] = true
		if x.Limit <= 0 || x.Unit == "" || x.Then == "" || x.Where == "" || x.Raise == "" || !strings.HasPrefix(x.Source, "https://docs.aws.amazon.com/") {
			t.Errorf("%+v", x)
		}
		if f := demand[x.ID]; f == nil || f(low) <= 0 {
			t.Errorf("nobody says what the desk needs of %s", x.ID)
		}
	}
	for id := range demand {
		if !seen[id] {
			t.Errorf("there is no quota %s", id)
		}
	}
}

func TestRefused(t *testing.T) {
	other := filepath.Join(t.TempDir(), "desk.json")
	if err := os.WriteFile(other, []byte(`{"runsPerMail":{"nobody":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"rate":        func() error { return run(&bytes.Buffer{}, "1,fast", "", template) },
		"no rate":     func() error { return run(&bytes.Buffer{}, "0", "", template) },
		"gallery":     func() error { return run(&bytes.Buffer{}, "1", other, template) },
		"no desk":     func() error { return run(&bytes.Buffer{}, "1", other+"x", template) },
		"no resource": func() error { return run(&bytes.Buffer{}, "1", "", other+"x") },
	} {
		if f() == nil {
			t.Errorf("%s: nothing was refused", name)
		}
	}
}
