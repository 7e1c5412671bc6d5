package kill_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	root     = "../../.." // of the repository
	patience = 3 * time.Minute
)

// process is the local stack as `make run` starts it.
type process struct {
	tb             testing.TB
	bin            string
	env            []string
	url, smtp, aws string
	cmd            *exec.Cmd
	ended          chan error
	said           *bytes.Buffer
}

func newProcess(tb testing.TB) *process {
	tb.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	// The compiled functions outlive the test: a restart links nothing.
	bin := filepath.Join(cache, "deskhand", "kill")
	data := filepath.Join(tb.TempDir(), "data")
	for _, dir := range []string{bin, data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.Symlink(bin, filepath.Join(data, "bin")); err != nil {
		tb.Fatal(err)
	}
	p := &process{tb: tb, bin: filepath.Join(bin, "local")}
	build := exec.Command("go", "build", "-o", p.bin, "./infra/local")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("build: %v\n%s", err, out)
	}
	port := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return port
	}
	front, smtp, aws := port(), port(), port()
	p.url, p.smtp, p.aws = "http://127.0.0.1:"+front, "127.0.0.1:"+smtp, "http://127.0.0.1:"+aws
	p.env = append(os.Environ(), "DEMO=0", "AUTH=", "DATA_DIR="+data, "PORT="+front, "SMTP_PORT="+smtp, "AWS_PORT="+aws)
	tb.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
	})
	return p
}

// start returns when the stack answers.
func (p *process) start() {
	p.tb.Helper()
	p.said = &bytes.Buffer{}
	p.cmd = exec.Command(p.bin)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = root, p.env, p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.tb.Fatal(err)
	}
	p.ended = make(chan error, 1)
	go func(cmd *exec.Cmd) { p.ended <- cmd.Wait() }(p.cmd)
	late := time.After(patience)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := client.Get(p.url + "/v1/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-p.ended:
			p.cmd = nil
			p.tb.Fatalf("the stack ended: %v\n%s", err, p.said)
		case <-late:
			p.tb.Fatalf("the stack does not answer after %s\n%s", patience, p.said)
		case <-tick.C:
		}
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.cmd = nil
}

// client waits long: what is cut off is cut off by the kill.
var client = &http.Client{Timeout: 2 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// call is one request to the product; an error is a connection that broke.
func (p *process) call(method, path, key string, in, out any) (int, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, p.url+path, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return do(r, out)
}

func do(r *http.Request, out any) (int, error) {
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode >= 300 {
		return resp.StatusCode, nil
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			return 0, fmt.Errorf("%s %s: %w in %.200q", r.Method, r.URL.Path, err, data)
		}
	}
	return resp.StatusCode, nil
}

// must is a call that has to succeed.
func (p *process) must(method, path string, in, out any) {
	p.tb.Helper()
	var said json.RawMessage
	status, err := p.call(method, path, "", in, &said)
	if err != nil || status >= 300 {
		p.tb.Fatalf("%s %s: %d %v", method, path, status, err)
	}
	if out != nil {
		if err := json.Unmarshal(said, out); err != nil {
			p.tb.Fatalf("%s %s: %v in %.300s", method, path, err, said)
		}
	}
}

// list reads all pages.
func list[T any](p *process, path string) []T {
	p.tb.Helper()
	var all []T
	cursor := ""
	for {
		var page struct {
			Items      []T
			NextCursor string
		}
		p.must("GET", path+"limit=100"+cursor, nil, &page)
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all
		}
		cursor = "&cursor=" + page.NextCursor
	}
}

// advance moves the clock; by nothing, it waits until all is settled.
func (p *process) advance(by time.Duration) {
	p.tb.Helper()
	p.must("POST", "/local/time", map[string]string{"advance": by.String()}, nil)
}
