package lambda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
)

// maxWaiting bounds the calls that wait for a process of one function.
const maxWaiting = 10_000

// function is one function with its processes.
type function struct {
	s    *Service
	spec cfn.Function
	logs *logs
	env  []string
	max  int

	mu      sync.Mutex
	binary  string
	all     map[*instance]bool
	idle    []*instance // the last used is last
	total   int         // slots taken: processes that run or are being started
	waiters []chan *instance
	closed  bool
	stats   Stats

	async asyncQueue
}

// Stats counts what became of a function's invocations since the start.
type Stats struct {
	Function    string        `json:"function"`
	Invocations int           `json:"invocations"`
	Errors      int           `json:"errors"`
	Starts      int           `json:"starts"`
	Processes   int           `json:"processes"`
	LastInit    time.Duration `json:"lastInit"` // from exec to the first call of /next
	LastRun     time.Duration `json:"lastRun"`
}

func newFunction(s *Service, spec cfn.Function) (*function, error) {
	env, err := s.environment(spec)
	if err != nil {
		return nil, err
	}
	f := &function{s: s, spec: spec, env: env, max: s.cfg.Processes, all: map[*instance]bool{}, logs: newLogs(s.cfg.DataDir, spec.LogicalID)}
	if c := spec.Concurrency; c >= 0 && c < f.max {
		f.max = c
	}
	f.stats.Function = spec.LogicalID
	return f, nil
}

func (f *function) hasAlias(name string) bool {
	for _, a := range f.spec.Aliases {
		if a == name {
			return true
		}
	}
	return false
}

func (f *function) setBinary(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.binary = path
}

var (
	errClosed    = errors.New("the local stack is stopping")
	errThrottled = &awshttp.Error{Code: "TooManyRequestsException", Status: http.StatusTooManyRequests, Message: "Rate Exceeded.",
		Members: map[string]any{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User"}}
)

// acquire gives an idle process, or a new one, or waits for one. The caller hands a
// call to it, or gives it back.
func (f *function) acquire(ctx context.Context) (*instance, error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil, errClosed
	}
	if n := len(f.idle); n > 0 {
		in := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		return in, nil
	}
	if f.total < f.max {
		f.total++
		f.mu.Unlock()
		return f.launch()
	}
	if f.max == 0 || len(f.waiters) >= maxWaiting {
		f.mu.Unlock()
		return nil, errThrottled
	}
	wait := make(chan *instance, 1)
	f.waiters = append(f.waiters, wait)
	f.mu.Unlock()
	select {
	case in := <-wait:
		if in == nil {
			return f.launch()
		}
		return in, nil
	case <-ctx.Done():
		f.leave(wait)
		return nil, ctx.Err()
	case <-f.s.ctx.Done():
		f.leave(wait)
		return nil, errClosed
	}
}

// leave takes a waiter out; what it was given meanwhile goes on to the next.
func (f *function) leave(wait chan *instance) {
	f.mu.Lock()
	for i, w := range f.waiters {
		if w == wait {
			f.waiters = append(f.waiters[:i], f.waiters[i+1:]...)
			f.mu.Unlock()
			return
		}
	}
	f.mu.Unlock()
	if in := <-wait; in != nil {
		f.release(in)
	} else {
		f.freeSlot()
	}
}

// launch starts a process in a slot that is already taken.
func (f *function) launch() (*instance, error) {
	f.mu.Lock()
	binary := f.binary
	f.mu.Unlock()
	if binary == "" {
		f.freeSlot()
		return nil, fmt.Errorf("function %s has not been built", f.spec.LogicalID)
	}
	if _, err := os.Stat(binary); err != nil {
		f.freeSlot()
		return nil, fmt.Errorf("binary of function %s: %w", f.spec.LogicalID, err)
	}
	in, err := f.s.startInstance(f, binary)
	if err != nil {
		f.freeSlot()
		return nil, err
	}
	f.mu.Lock()
	f.stats.Starts++
	closed := f.closed
	f.mu.Unlock()
	if closed {
		in.kill()
		return nil, errClosed
	}
	return in, nil
}

// release is called when a process asks for its next call.
func (f *function) release(in *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.all[in] || f.closed {
		return
	}
	if len(f.waiters) > 0 {
		w := f.waiters[0]
		f.waiters = f.waiters[1:]
		w <- in
		return
	}
	in.idleSince = time.Now()
	f.idle = append(f.idle, in)
}

// remove forgets a process that has ended.
func (f *function) remove(in *instance) {
	f.mu.Lock()
	if !f.all[in] {
		f.mu.Unlock()
		return
	}
	delete(f.all, in)
	for i, x := range f.idle {
		if x == in {
			f.idle = append(f.idle[:i], f.idle[i+1:]...)
			break
		}
	}
	f.mu.Unlock()
	f.freeSlot()
}

// freeSlot gives a slot back, to the first that waits if any.
func (f *function) freeSlot() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiters) > 0 && !f.closed {
		w := f.waiters[0]
		f.waiters = f.waiters[1:]
		w <- nil
		return
	}
	f.total--
}

// reap ends the processes that have been idle since before t.
func (f *function) reap(t time.Time) {
	f.mu.Lock()
	var old []*instance
	for len(f.idle) > 0 && f.idle[0].idleSince.Before(t) {
		old = append(old, f.idle[0])
		f.idle = f.idle[1:]
	}
	f.mu.Unlock()
	for _, in := range old {
		in.kill()
	}
}

func (f *function) close() {
	f.mu.Lock()
	f.closed = true
	list := make([]*instance, 0, len(f.all))
	for in := range f.all {
		list = append(list, in)
	}
	f.idle = nil
	f.mu.Unlock()
	for _, in := range list {
		in.kill()
	}
	for _, in := range list {
		<-in.gone
	}
}

// Stats tells of every function, sorted by the configuration's order.
func (s *Service) Stats() []Stats {
	var out []Stats
	for _, spec := range s.cfg.Functions {
		f := s.functions[spec.Name]
		f.mu.Lock()
		st := f.stats
		st.Processes = len(f.all)
		f.mu.Unlock()
		out = append(out, st)
	}
	return out
}
