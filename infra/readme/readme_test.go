// Package readme runs the commands of README.md as they are written, against a local
// stack with the demo desk; only the ports are replaced by those of the test.
package readme_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/demo"
	"github.com/deskhand/deskhand/infra/local/stack"
)

// want is what the output of the n-th block that is run must hold.
var want = [][]string{
	{},
	{`"type":"message.received"`, `"reason":"matched"`, `"conditions":`, `"actual":`},
	{`"status":"waiting"`, `"waitingFor"`, `"status":"succeeded"`},
	{`"status":"approved"`, `"edited":true`},
	{`Your refund is on its way`, `"In-Reply-To": *"<tour-1@example.org>"`},
	{`"nodeId":"draft"`, `"nodeId":"send"`, `"status":"succeeded"`, `"durationMs"`},
	{`"tkt_`, `Printer on fire`, `"to": *\["manager@demo.test"\]`},
	{`"stateMachineVersionArn":"arn:aws:states:`, `"enabled":true`},
	{`"rule":"approval_edges?`, `no group|unknown`, `/nodes/0/params/`},
	{`"stateMachineArn": "arn:aws:states:us-east-1:`, `"TableNames"`},
}

var block = regexp.MustCompile("(?ms)^```sh( aws)?\n(.*?)^```")

func TestEveryCommand(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("the tour needs %s: %v", tool, err)
		}
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	dir := t.TempDir()
	s, err := stack.Start(ctx, stack.Config{Template: "../../template.yaml", DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := demo.Make(ctx, s, dir); err != nil {
		t.Fatal(err)
	}
	ports := strings.NewReplacer("http://127.0.0.1:8080", s.URL, "smtp://127.0.0.1:2525", "smtp://"+s.SMTPAddr, "http://127.0.0.1:4566", s.AWSURL)
	blocks := block.FindAllStringSubmatch(string(text), -1)
	if len(blocks) != len(want) {
		t.Fatalf("README.md has %d blocks of commands, this test knows %d: say in want what each must print", len(blocks), len(want))
	}
	shell := newShell(t, dir)
	for i, b := range blocks {
		first, _, _ := strings.Cut(b[2], "\n")
		t.Run(first, func(t *testing.T) {
			if b[1] != "" {
				if _, err := exec.LookPath("aws"); err != nil {
					if os.Getenv("CI") != "" {
						t.Fatal("the AWS CLI is missing: .ci/run installs it")
					}
					t.Skip("the AWS CLI is not installed: its commands were not run")
				}
			}
			out := shell(ctx, ports.Replace(b[2]))
			for _, w := range want[i] {
				if !regexp.MustCompile(w).MatchString(out) {
					t.Errorf("the output lacks %s:\n%s", w, out)
				}
			}
			if err := s.Clock.Idle(ctx); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// newShell runs one block after another; variables stay.
func newShell(t *testing.T, dir string) func(ctx context.Context, script string) string {
	keep := filepath.Join(dir, "variables")
	if err := os.WriteFile(keep, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, script string) string {
		cmd := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-c", ". "+keep+"\n"+script+"\ndeclare -p APPROVAL RUN WORKFLOW > "+keep+" 2>/dev/null || true")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s\n%s", err, script, out)
		}
		return string(out)
	}
}
