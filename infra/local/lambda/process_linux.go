package lambda

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// detach gives the process a group of its own (so that all of it can be killed) and
// lets the kernel kill it when this one dies, however it dies.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

var (
	spawner sync.Once
	spawns  = make(chan func())
)

// spawn starts a command on one thread that never ends: the kernel sends the death
// signal when the thread that forked ends, not only the whole process.
func spawn(cmd *exec.Cmd) error {
	spawner.Do(func() {
		go func() {
			runtime.LockOSThread()
			for f := range spawns {
				f()
			}
		}()
	})
	done := make(chan error, 1)
	spawns <- func() { done <- cmd.Start() }
	return <-done
}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
