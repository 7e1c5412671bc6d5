//go:build !linux

package lambda

import "os/exec"

// detach can do nothing here: when this process is killed hard, its children end at
// their next call of the runtime API, which is then refused.
func detach(*exec.Cmd) {}

func spawn(cmd *exec.Cmd) error { return cmd.Start() }

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
	}
}
