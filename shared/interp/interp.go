// Package interp runs state machines of package asl as AWS Step Functions (Standard)
// does: the same history events, retries, catches, time-outs, errors and limits.
//
// The core is Program.Advance: an Execution is plain data that can be stored as JSON at
// any moment; Advance applies one Signal (start, a task's answer, the time, stop, redrive)
// and says what to do next. It starts no goroutine, does no input or output and reads no
// clock. Run plays a whole execution on a virtual clock, where waits, retries and
// time-outs take no time; the local Step Functions service drives Advance itself.
//
// It knows nothing of workflows or of AWS clients. It refuses, with the diagnostics of
// asl.Validate, what asl does not support: Parallel, Map and JSONPath.
package interp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Limits bound an execution; a zero field means AWS's value.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
type Limits struct {
	Events    int           // history events, 25,000
	Payload   int           // bytes of an input, output, result or variable, 256 KiB
	Variables int           // bytes of all variables, 10 MiB
	Duration  time.Duration // of the execution, one year
}

// AWS's limits.
const (
	MaxEvents    = 25_000
	MaxPayload   = 256 << 10
	MaxVariables = 10 << 20
	MaxDuration  = 365 * 24 * time.Hour
)

func (l Limits) filled() Limits {
	if l.Events == 0 {
		l.Events = MaxEvents
	}
	if l.Payload == 0 {
		l.Payload = MaxPayload
	}
	if l.Variables == 0 {
		l.Variables = MaxVariables
	}
	if l.Duration == 0 {
		l.Duration = MaxDuration
	}
	return l
}

// Env is what one Advance may use of the world.
type Env struct {
	Context context.Context // nil is context.Background
	Now     time.Time
	Token   func() string  // makes a task token; required for .waitForTaskToken
	Random  func() float64 // in [0, 1): jitter and $random
	UUID    func() string  // $uuid
	Region  string         // of TaskScheduled events; empty is us-east-1
	Limits  Limits
}

func (v Env) filled() Env {
	if v.Context == nil {
		v.Context = context.Background()
	}
	if v.Random == nil {
		v.Random = rand.Float64
	}
	if v.Token == nil {
		v.Token = func() string { return fmt.Sprintf("%016x%016x%016x", rand.Uint64(), rand.Uint64(), rand.Uint64()) }
	}
	if v.Region == "" {
		v.Region = "us-east-1"
	}
	v.Limits = v.Limits.filled()
	return v
}
