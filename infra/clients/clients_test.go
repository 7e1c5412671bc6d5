package clients_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/deskhand/deskhand/infra/local/stack"
)

var world struct {
	sync.Once
	dir   string
	stack *stack.Stack
	err   error
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	code := m.Run()
	world.stack.Close()
	if world.dir != "" {
		_ = os.RemoveAll(world.dir)
	}
	os.Exit(code)
}

// begin is a local stack that asks for tokens, and one of a program that may edit.
func begin(t *testing.T) (url, token string) {
	t.Helper()
	world.Do(func() {
		if world.dir, world.err = os.MkdirTemp("", "deskhand-clients-"); world.err == nil {
			world.stack, world.err = stack.Start(context.Background(), stack.Config{Template: "../../template.yaml", DataDir: world.dir, AuthRequired: true})
		}
	})
	if world.err != nil {
		t.Fatal(world.err)
	}
	token, err := world.stack.Issuer.MachineToken("editor")
	if err != nil {
		t.Fatal(err)
	}
	return world.stack.URL, token
}

// tool finds a program; without it there is no test, but on CI.
func tool(t *testing.T, name, remedy string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: %v", remedy, err)
	}
	t.Skipf("THE CLIENT WAS NOT RUN: %s is missing (%s)", name, remedy)
	return ""
}

// example runs an example, which must print what is wanted and leave nothing behind.
func example(t *testing.T, want []string, name string, args ...string) {
	t.Helper()
	url, token := begin(t)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "DESKHAND_URL="+url, "DESKHAND_TOKEN="+token, "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, w := range want {
		if !regexp.MustCompile(w).Match(out) {
			t.Errorf("the output lacks %s:\n%s", w, out)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/workflows?q=Late", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var list struct{ Items []json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil || len(list.Items) > 0 {
		t.Errorf("left behind: %s, %v", list.Items, err)
	}
}

// refused runs an example with a token that is none.
func refused(t *testing.T, name string, args ...string) {
	t.Helper()
	url, _ := begin(t)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "DESKHAND_URL="+url, "DESKHAND_TOKEN=nonsense", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !regexp.MustCompile(`401: `).Match(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPython(t *testing.T) {
	python := tool(t, "python3", "Python 3 is needed")
	example(t, []string{`published 'Late trains py\w+' as version 1`, `event evt_\w+ started run_\w+: succeeded`, `  how: succeeded`, `  refund: succeeded, .*A refund for IR 70`}, python, "python/example.py")
	refused(t, python, "python/example.py")
	t.Run("refuses what the document does not know", func(t *testing.T) {
		url, token := begin(t)
		for call, want := range map[string]string{
			`desk.getRuns(workflw="x")`:       `TypeError: getRuns has no parameter workflw: it takes`,
			`desk.getRunsId()`:                `TypeError: getRunsId needs id`,
			`desk.getRunsId(id="x", body={})`: `TypeError: getRunsId takes no body`,
			`desk.dance()`:                    `AttributeError: the API has no operation dance`,
			`desk.getRunsId(id="run_none")`:   `Problem: 404: `,
		} {
			cmd := exec.CommandContext(t.Context(), python, "-B", "-c", "import sys; sys.path.insert(0, 'python')\nfrom deskhand import Desk\ndesk = Desk(sys.argv[1], sys.argv[2])\n"+call, url, token)
			if out, err := cmd.CombinedOutput(); err == nil || !regexp.MustCompile(want).Match(out) {
				t.Errorf("%s: %v\n%s", call, err, out)
			}
		}
	})
}

func TestTypeScript(t *testing.T) {
	node := tool(t, "node", "Node is needed")
	tsc := tool(t, "../../functions/console/web/node_modules/.bin/tsc", "make console installs the compiler")
	out := t.TempDir()
	if text, err := exec.CommandContext(t.Context(), tsc, "-p", "typescript", "--outDir", out).CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%s", err, text)
	}
	if err := os.WriteFile(filepath.Join(out, "package.json"), []byte(`{"type": "module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(out, "infra/clients/typescript/example.js")
	example(t, []string{`published 'Late trains ts\w+' as version 1`, `event evt_\w+ started run_\w+: succeeded`, `  how: succeeded`, `  sorry: succeeded, .*Sorry about IR 70`}, node, script)
	refused(t, node, script)
}
