package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/bench/rig"
)

// startLimit is Lambda's bound of the init phase.
const startLimit = 10 * time.Second

// subject is a binary whose starts are measured.
type subject struct {
	name, binary string
	env          []string
	took         []time.Duration
}

// starts measures exec to /next of every function and of hello, in turns, so that what
// else the machine does falls on all alike.
func starts(ctx context.Context, r *rig.Rig, n int) error {
	hello, err := buildHello(ctx, r)
	if err != nil {
		return err
	}
	all := []*subject{{name: "hello", binary: hello}}
	for _, f := range r.Stack.Template.Functions() {
		s := &subject{name: filepath.Base(f.CodeURI), binary: r.Binary(filepath.Base(f.CodeURI))}
		for k, v := range f.Environment {
			s.env = append(s.env, k+"="+v)
		}
		s.env = append(s.env, "AWS_LAMBDA_FUNCTION_NAME="+f.Name)
		all = append(all, s)
	}
	api, err := newRuntime()
	if err != nil {
		return err
	}
	defer api.close()
	common := []string{"AWS_LAMBDA_RUNTIME_API=" + api.addr, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIABENCH", "AWS_SECRET_ACCESS_KEY=bench",
		"AWS_ENDPOINT_URL=" + r.Stack.AWSURL, "HOME=" + r.Dir(), "PATH=" + os.Getenv("PATH")}
	for i := range n + 1 {
		for _, s := range all {
			d, err := api.start(ctx, s.binary, append(slices.Clone(common), s.env...))
			if err != nil {
				return fmt.Errorf("start of %s: %w", s.name, err)
			}
			if i > 0 { // the first one reads the binary from disk
				s.took = append(s.took, d)
			}
		}
	}
	return report(all)
}

func report(all []*subject) error {
	base := median(all[0].took)
	fmt.Printf("Cold start, exec to the first call of the Runtime API; median of %d, against hello in the same run:\n\n", len(all[0].took))
	fmt.Println("| function | median ms | ratio | binary MB | of hello |")
	fmt.Println("|---|---:|---:|---:|---:|")
	var small float64
	for i, s := range all {
		info, err := os.Stat(s.binary)
		if err != nil {
			return err
		}
		mb := float64(info.Size()) / 1e6
		if i == 0 {
			small = mb
		}
		m := median(s.took)
		fmt.Printf("| %s | %.1f | %.1f | %.1f | %.1f |\n", s.name, ms(m), float64(m)/float64(base), mb, mb/small)
	}
	return nil
}

// buildHello compiles the peer as the functions are compiled.
func buildHello(ctx context.Context, r *rig.Rig) (string, error) {
	out := filepath.Join(r.Dir(), "hello")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s", "-o", out, "./infra/bench/cold/hello")
	cmd.Dir, cmd.Env = r.Stack.Template.Dir, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build of hello: %w\n%s", err, text)
	}
	return out, nil
}

// runtime is a Runtime API that only notes when it is first called.
type runtime struct {
	addr   string
	server *http.Server
	next   chan time.Time
}

func newRuntime() (*runtime, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &runtime{addr: l.Addr().String(), next: make(chan time.Time, 1)}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: startLimit}
	go func() { _ = a.server.Serve(l) }()
	return a, nil
}

func (a *runtime) close() { _ = a.server.Close() }

// ServeHTTP never answers: the process is ended when it asks for its first call.
func (a *runtime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/invocation/next") {
		select {
		case a.next <- time.Now():
		default:
		}
	}
	<-r.Context().Done()
}

func (a *runtime) start(ctx context.Context, binary string, env []string) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, startLimit)
	defer stop()
	cmd := exec.CommandContext(ctx, binary)
	var said strings.Builder
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case at := <-a.next:
		stop()
		<-ended
		return at.Sub(began), nil
	case err := <-ended:
		return 0, errors.Join(err, errors.New(strings.TrimSpace(said.String())))
	}
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
