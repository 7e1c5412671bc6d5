package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/stack"
)

const (
	root     = "../../.."              // of the repository
	template = root + "/template.yaml" // CodeUri is relative to it
	patience = 90 * time.Second        // until something that must happen has happened
)

// the stack that the tests share, started by the first that asks.
var shared struct {
	sync.Once
	stack *stack.Stack
	dir   string
	err   error
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	code := m.Run()
	if code == 0 && wholeSuite() && shared.stack != nil && !reportUnused(rights.of(shared.stack.IAM)) {
		code = 1
	}
	shared.stack.Close()
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// binaries is a folder that outlives the tests: the go command finds there what is up
// to date already, so that a second run does not link everything again.
func binaries() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "deskhand", "e2e")
	return dir, os.MkdirAll(dir, 0o755)
}

// dataDir makes an empty data folder whose compiled functions are the common ones.
func dataDir(dir string) error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.Symlink(bin, filepath.Join(dir, "bin"))
}

// sharedDesk is a desk on the common stack, which asks everybody for a token.
func sharedDesk(t *testing.T) *desk {
	t.Helper()
	shared.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "deskhand-e2e-"); shared.err != nil {
			return
		}
		data := filepath.Join(shared.dir, "data")
		if shared.err = dataDir(data); shared.err == nil {
			shared.stack, shared.err = stack.Start(context.Background(), stack.Config{Template: template, DataDir: data, AuthRequired: true})
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return deskOn(t, shared.stack)
}

// ownStack is a stack of the test's own, with another text of the template if one is given.
func ownStack(t *testing.T, text []byte) *desk {
	t.Helper()
	s, _ := newStack(t, text)
	return deskOn(t, s)
}

// newStack starts one that the test's end ends, and gives its data folder too.
func newStack(t *testing.T, text []byte) (*stack.Stack, string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	if err := dataDir(data); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(context.Background(), stack.Config{Template: template, TemplateText: text, DataDir: data, AuthRequired: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		rights.of(s.IAM)
		s.Close()
	})
	return s, data
}

func deskOn(t *testing.T, s *stack.Stack) *desk {
	t.Helper()
	d := &desk{
		t: t, url: s.URL, smtp: s.SMTPAddr,
		idle: func() error {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			return s.Clock.Idle(ctx)
		},
		advance: func(by time.Duration) error {
			ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
			defer cancel()
			return s.Clock.Advance(ctx, by)
		},
		now:   s.Clock.Now,
		token: func(email, role string) (string, error) { return s.Issuer.Token(email, role) },
		aws:   s.AWSURL,
	}
	d.prefix()
	d.settle()
	return d
}

// until waits for something that is set off by what was done before: first until the
// stack has nothing left to do, and only if that was not enough a little longer.
func (d *desk) until(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		d.settle()
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("%s: not after %s", what, patience)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// settle waits until the stack has nothing left to do now.
func (d *desk) settle() {
	d.t.Helper()
	if err := d.idle(); err != nil {
		d.t.Fatal(err)
	}
}

// pass moves the stack's clock.
func (d *desk) pass(by time.Duration) {
	d.t.Helper()
	d.settle()
	if err := d.advance(by); err != nil {
		d.t.Fatal(fmt.Errorf("advance %s: %w", by, err))
	}
}
