package run

import "strings"

// ExecutionArn is the ARN of the execution with the name of a (version of a) machine:
// it holds the machine's name but no version.
func ExecutionArn(machineArn, name string) string {
	p := strings.Split(machineArn, ":")
	if len(p) < 7 {
		return ""
	}
	return strings.Join([]string{p[0], p[1], p[2], p[3], p[4], "execution", p[6], name}, ":")
}

// Located is the run with its execution, also when whoever started it broke off before it
// noted the ARN: a run whose first step moved it on has one, named after the run.
func (r Run) Located() Run {
	switch r.Status {
	case Running, Waiting, Paused, Succeeded:
		if r.ExecutionArn == "" {
			r.ExecutionArn = ExecutionArn(r.VersionArn, r.ID)
		}
	}
	return r
}
