package lambda

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// initLimit is Lambda's bound of the init phase; past it, the function's own time-out
// runs as well before the call fails.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const initLimit = 10 * time.Second

// instance is one process (Lambda's "execution environment"). It has one call at a time.
type instance struct {
	id   string
	f    *function
	cmd  *exec.Cmd
	born time.Time

	calls chan *invocation // what /next hands out; capacity 1
	ready chan struct{}    // closed at the first /next
	gone  chan struct{}    // closed when the process has ended
	exit  error            // why, valid after gone

	idleSince time.Time // guarded by f.mu

	mu        sync.Mutex
	asked     bool // /next has been called
	initTime  time.Duration
	current   *invocation // handed out and not answered
	initError []byte      // posted to /init/error
	tail      []byte      // the last of the current call's log
}

// startInstance executes the binary.
func (s *Service) startInstance(f *function, binary string) (*instance, error) {
	in := &instance{id: newID(), f: f, calls: make(chan *invocation, 1), ready: make(chan struct{}), gone: make(chan struct{})}
	in.cmd = exec.Command(binary)
	in.cmd.Dir = filepath.Dir(binary)
	in.cmd.Env = append(append([]string(nil), f.env...),
		"AWS_LAMBDA_RUNTIME_API="+s.runtime.addr+"/"+in.id,
		"AWS_LAMBDA_LOG_STREAM_NAME="+time.Now().UTC().Format("2006/01/02")+"/[$LATEST]"+in.id,
		"LAMBDA_TASK_ROOT="+in.cmd.Dir, "LAMBDA_RUNTIME_DIR="+in.cmd.Dir)
	out, errs := &lineWriter{to: in}, &lineWriter{to: in}
	in.cmd.Stdout, in.cmd.Stderr = out, errs
	in.cmd.WaitDelay = time.Second // grandchildren may hold the pipes
	detach(in.cmd)
	in.born = time.Now()
	s.runtime.add(in)
	if err := spawn(in.cmd); err != nil {
		s.runtime.drop(in)
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	f.mu.Lock()
	f.all[in] = true
	f.mu.Unlock()
	go func() {
		in.exit = in.cmd.Wait()
		out.flush()
		errs.flush()
		s.runtime.drop(in)
		close(in.gone)
		f.remove(in)
	}()
	return in, nil
}

func (in *instance) kill() { killGroup(in.cmd) }

// line is called for every line that the process writes.
func (in *instance) line(text string) {
	in.mu.Lock()
	in.tail = append(append(in.tail, text...), '\n')
	if over := len(in.tail) - maxTail; over > 0 {
		in.tail = append(in.tail[:0], in.tail[over:]...)
	}
	in.mu.Unlock()
	in.f.logs.add(text)
}
