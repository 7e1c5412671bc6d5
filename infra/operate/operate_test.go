package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/deskhand/deskhand/infra/local/stack"
)

const root = "../.."

// world is the built command and one local stack, which the tests share: it asks for
// tokens, its SES is in the sandbox, and a domain is not verified.
var world struct {
	sync.Once
	dir, binary string
	stack       *stack.Stack
	err         error
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

func begin(t *testing.T) *stack.Stack {
	t.Helper()
	world.Do(func() {
		if world.dir, world.err = os.MkdirTemp("", "deskhand-operate-"); world.err != nil {
			return
		}
		world.binary = filepath.Join(world.dir, "operate")
		if out, err := exec.Command("go", "build", "-o", world.binary, ".").CombinedOutput(); err != nil {
			world.err = fmt.Errorf("go build: %w\n%s", err, out)
			return
		}
		world.stack, world.err = stack.Start(context.Background(), stack.Config{Template: root + "/template.yaml", DataDir: filepath.Join(world.dir, "data"), AuthRequired: true,
			Sandbox: true, Unverified: []string{"later.example"}})
	})
	if world.err != nil {
		t.Fatal(world.err)
	}
	return world.stack
}

// operate runs a verb on the local stack; settings are NAME=value and win over the usual
// ones, NAME= unsets.
func operate(t *testing.T, verb string, settings ...string) (out string, code int) {
	t.Helper()
	cmd := command(t, verb, settings...)
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

func command(t *testing.T, verb string, settings ...string) *exec.Cmd {
	t.Helper()
	s := begin(t)
	name, args, _ := strings.Cut(verb, " ")
	cmd := exec.CommandContext(t.Context(), world.binary, append([]string{name}, strings.Fields(args)...)...)
	cmd.Dir = root
	env := map[string]string{"STACK": "deskhand", "AWS_ENDPOINT_URL": s.AWSURL, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": filepath.Join(world.dir, "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(world.dir, "none")}
	for _, v := range os.Environ() {
		if k, value, _ := strings.Cut(v, "="); !strings.HasPrefix(k, "AWS_") && env[k] == "" {
			env[k] = value
		}
	}
	for _, v := range settings {
		k, value, _ := strings.Cut(v, "=")
		if env[k] = value; value == "" {
			delete(env, k)
		}
	}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// watched is an output that tells when it has shown something.
type watched struct {
	want string
	seen chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
	done bool
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	if !w.done && strings.Contains(w.text.String(), w.want) {
		w.done = true
		close(w.seen)
	}
	return len(b), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// says checks an output and an exit status.
func says(t *testing.T, out string, code, wantCode int, want ...string) {
	t.Helper()
	if code != wantCode {
		t.Errorf("exit status %d, want %d", code, wantCode)
	}
	for _, w := range want {
		if !regexp.MustCompile(w).MatchString(out) {
			t.Errorf("the output lacks %s", w)
		}
	}
	if t.Failed() {
		t.Fatalf("the output:\n%s", out)
	}
}

// rest calls the stack's REST interface as an admin.
func rest(t *testing.T, method, path string, in, out any, header ...string) {
	t.Helper()
	s := begin(t)
	token, err := s.Issuer.Token("admin@example.org", "admin")
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

// published makes a workflow that runs.
func published(t *testing.T, name, definition string) (id string) {
	t.Helper()
	var made struct{ ID string }
	rest(t, "POST", "/v1/workflows", map[string]any{"name": name, "definition": json.RawMessage(definition)}, &made)
	rest(t, "POST", "/v1/workflows/"+made.ID+"/publish", map[string]any{}, nil, "If-Match", "1")
	rest(t, "POST", "/v1/workflows/"+made.ID+"/enable", nil, nil)
	return made.ID
}

// gone archives what a test made and deletes its machines.
func gone(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		rest(t, "DELETE", "/v1/workflows/"+id, nil, nil)
	}
	out, code := operate(t, "purge", "YES=1", "FORCE=1")
	says(t, out, code, 0)
}

func idle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := begin(t).Clock.Idle(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		name, verb string
		settings   []string
		code       int
		want       string
	}{
		{"a verb", "dance", nil, 2, `there is no verb "dance"(?s:.*)smoke`},
		{"the stack", "purge", []string{"STACK="}, 2, `STACK is not set.*make purge STACK=<name>`},
		{"the region", "outputs", []string{"AWS_ENDPOINT_URL=", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"}, 2, `no region is set.*AWS_REGION`},
		{"credentials", "outputs", []string{"AWS_ENDPOINT_URL=", "AWS_REGION=eu-west-1"}, 1, `there are no AWS credentials(?s:.*)AWS_PROFILE`},
		{"such a stack", "smoke", []string{"STACK=other"}, 1, `there is no such stack: other on the local stack.*Stacks of Deskhand here: deskhand`},
		{"somebody who answers", "outputs", []string{"AWS_ENDPOINT_URL=http://127.0.0.1:1"}, 1, `nothing answers at http://127.0.0.1:1.*make run`},
		{"a token that is taken", "smoke", []string{"TOKEN=nonsense"}, 1, `does not take the token`},
		{"a folder", "import", []string{"DIR=/nowhere/at/all"}, 2, `there is no folder /nowhere/at/all`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := operate(t, c.verb, c.settings...)
			says(t, out, code, c.code, c.want)
		})
	}
}

func TestOutputs(t *testing.T) {
	out, code := operate(t, "outputs")
	says(t, out, code, 0, `^deskhand: create complete since .* \(this machine`, `Where people reach the product \(Url\)\n +`+regexp.QuoteMeta(begin(t).URL), `\(TableName\)\n +deskhand-Table-`)
}

func TestDeployLocally(t *testing.T) {
	out, code := operate(t, "deploy")
	says(t, out, code, 0, `The local stack plays this template.yaml`, `\(Url\)`)
}

func TestValidate(t *testing.T) {
	out, code := operate(t, "validate", "STACK=")
	says(t, out, code, 0, `in order`)
}

func TestLogs(t *testing.T) {
	id := published(t, "Reaches out", `{"trigger": {"type": "manual"}, "nodes": [{"id": "call", "type": "http.request", "params": {"method": "GET", "url": "http://127.0.0.1:9/"}}], "edges": [{"from": "trigger", "to": "call"}]}`)
	var run struct{ ID string }
	rest(t, "POST", "/v1/workflows/"+id+"/runs", map[string]any{}, &run)
	idle(t)
	out, code := operate(t, "logs", "ID="+run.ID)
	says(t, out, code, 0, `reach +ERROR failed .*`+run.ID, `line.* in the last 24h0m0s that name `+run.ID+` or evt_`)
	if out, code = operate(t, "logs", "ID=run_00000000000000000000000000"); code != 0 || strings.Contains(out, run.ID) || !strings.Contains(out, "– 0 lines") {
		t.Errorf("the log of another run: %d\n%s", code, out)
	}
	out, code = operate(t, "logs", "FOLLOW=0", "SINCE=1h")
	says(t, out, code, 0, run.ID, `lines? in the last 1h0m0s\n`)
	gone(t, id)
}

func TestPurge(t *testing.T) {
	id := published(t, "Waits", `{"trigger": {"type": "manual"}, "nodes": [{"id": "pause", "type": "wait", "params": {"for": "9d"}}], "edges": [{"from": "trigger", "to": "pause"}]}`)
	daily := published(t, "Daily", `{"trigger": {"type": "schedule", "params": {"schedule": "rate(1 day)", "timezone": "Europe/Zurich"}}, "nodes": [{"id": "done", "type": "end", "params": {"result": "succeeded"}}], "edges": [{"from": "trigger", "to": "done"}]}`)
	var run struct{ ID string }
	rest(t, "POST", "/v1/workflows/"+id+"/runs", map[string]any{}, &run)
	idle(t)
	machines := `state machine deskhand-wf-` + id
	out, code := operate(t, "purge", "YES=1")
	says(t, out, code, 1, machines+`, 1 execution running`, `1 execution still running would end.*FORCE=1. Nothing was deleted`)
	rest(t, "POST", "/v1/runs/"+run.ID+"/stop", nil, nil)
	idle(t)
	out, code = operate(t, "purge")
	says(t, out, code, 0, machines+`\n`, `schedule +deskhand-`+daily, `The stack deskhand is still there`, `Dry run: 2 state machines and 1 schedule would be deleted`)
	out, code = operate(t, "purge", "STACK=desk") // a stack whose name this one's begins with
	says(t, out, code, 0, `nothing to purge: no state machine desk-wf-`)
	out, code = operate(t, "purge", "YES=1", "DRY=1")
	says(t, out, code, 0, `Dry run`)
	out, code = operate(t, "purge", "YES=1")
	says(t, out, code, 0, `Deleted: 2 state machines and 1 schedule`)
	out, code = operate(t, "purge")
	says(t, out, code, 0, `nothing to purge`)

	// Published again, both are there again.
	for _, w := range []string{id, daily} {
		rest(t, "POST", "/v1/workflows/"+w+"/publish", map[string]any{}, nil, "If-Match", "1")
	}
	rest(t, "POST", "/v1/workflows/"+id+"/runs", map[string]any{}, &run)
	idle(t)
	var again struct{ Status string }
	if rest(t, "GET", "/v1/runs/"+run.ID, nil, &again); again.Status != "paused" {
		t.Errorf("a run after purge and publish is %s", again.Status)
	}
	out, code = operate(t, "purge")
	says(t, out, code, 1, machines+`-[0-9a-f]{8}, 1 execution running`, `deskhand-`+daily)
	gone(t, id, daily)
}

// identify makes an identity of SES.
func identify(t *testing.T, name string) {
	t.Helper()
	client := sesv2.New(sesv2.Options{Region: "us-east-1", BaseEndpoint: aws.String(begin(t).AWSURL), Credentials: credentials.NewStaticCredentialsProvider("someone", "secret", "")})
	if _, err := client.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String(name)}); err != nil {
		t.Fatal(err)
	}
}
