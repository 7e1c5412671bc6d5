package interp

import (
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/deskhand/deskhand/shared/asl"
)

// Tasks carries out the tasks of a virtual run.
type Tasks interface {
	Do(ctx context.Context, t Task) Reply
}

// TaskFunc is a Tasks made of a function.
type TaskFunc func(ctx context.Context, t Task) Reply

// Do calls f.
func (f TaskFunc) Do(ctx context.Context, t Task) Reply { return f(ctx, t) }

// Reply is what a task does. The zero Reply succeeds with null at once.
//
// For a .waitForTaskToken task Output is the answer of the request (TaskSubmitted), or
// Err its failure, and Callbacks answer the token.
type Reply struct {
	After     time.Duration // virtual time it takes
	Output    json.RawMessage
	Err       *Failure
	Never     bool            // it never answers
	Submitted json.RawMessage // for .sync tasks: the answer of the request, before Output
	Callbacks []Callback      // of the token
}

// Callback is a SendTaskSuccess (Output), SendTaskFailure (Err) or SendTaskHeartbeat
// (neither), After the task was scheduled.
type Callback struct {
	After  time.Duration
	Output json.RawMessage
	Err    *Failure
}

// Clock is virtual time; Run moves it.
type Clock struct{ now time.Time }

// NewClock stands at start.
func NewClock(start time.Time) *Clock { return &Clock{start} }

// Now is the time reached.
func (c *Clock) Now() time.Time { return c.now }

// Options of a virtual run; every field may be left out.
type Options struct {
	Tasks  Tasks  // nil: every task fails, saying so
	Clock  *Clock // nil: one that starts at the time of the call
	Limits Limits

	Name        string // of the execution
	ARN         string
	RoleARN     string
	MachineName string
	MachineARN  string
	VersionARN  string
	Region      string
	Account     string

	Seed uint64        // of tokens, jitter and $random; the same seed gives the same run
	Stop time.Duration // when > 0 the execution is stopped after that time
}

// Run compiles the machine and runs it to its end. The error is an *asl.Error when the
// machine is not valid, or that of ctx; how the execution ended is in its Status.
func Run(ctx context.Context, m *asl.Machine, input json.RawMessage, o Options) (*Execution, error) {
	p, err := Compile(m)
	if err != nil {
		return nil, err
	}
	return p.Run(ctx, input, o)
}

// Run runs one execution to its end.
func (p *Program) Run(ctx context.Context, input json.RawMessage, o Options) (*Execution, error) {
	o = o.filled()
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	if !json.Valid(input) {
		return nil, errors.New("interp: the input is not JSON")
	}
	if limit := o.Limits.filled().Payload; len(input) > limit {
		return nil, fmt.Errorf("interp: the input is %d bytes long, at most %d are allowed", len(input), limit)
	}
	e := &Execution{ARN: o.ARN, Name: o.Name, RoleARN: o.RoleARN, MachineARN: o.MachineARN, MachineName: o.MachineName, VersionARN: o.VersionARN, Input: input}
	v := &virtual{p: p, e: e, o: o, random: rand.New(rand.NewPCG(o.Seed, 1))}
	return e, v.play(ctx)
}

func (o Options) filled() Options {
	or := func(s *string, d string) {
		if *s == "" {
			*s = d
		}
	}
	if o.Clock == nil {
		o.Clock = NewClock(time.Now().UTC())
	}
	or(&o.Name, "run")
	or(&o.MachineName, "machine")
	or(&o.Region, "us-east-1")
	or(&o.Account, "123456789012")
	or(&o.RoleARN, "arn:aws:iam::"+o.Account+":role/machine")
	or(&o.MachineARN, "arn:aws:states:"+o.Region+":"+o.Account+":stateMachine:"+o.MachineName)
	or(&o.ARN, "arn:aws:states:"+o.Region+":"+o.Account+":execution:"+o.MachineName+":"+o.Name)
	return o
}

// virtual plays one execution against the coming answers of its tasks.
type virtual struct {
	p      *Program
	e      *Execution
	o      Options
	random *rand.Rand
	queue  arrivals
	seq    int
}

func (v *virtual) play(ctx context.Context) error {
	if v.o.Stop > 0 {
		v.post(v.o.Stop, Stop(Failure{}))
	}
	if err := v.advance(ctx, Start()); err != nil {
		return err
	}
	for v.e.Status == Running {
		if err := ctx.Err(); err != nil {
			return err
		}
		due := v.e.Due()
		signal := Tick()
		if len(v.queue) > 0 && v.queue[0].at.Before(due) {
			next := heap.Pop(&v.queue).(arrival)
			due, signal = next.at, next.signal
		}
		if due.After(v.o.Clock.now) {
			v.o.Clock.now = due
		}
		if err := v.advance(ctx, signal); err != nil && !errors.Is(err, ErrStale) && !errors.Is(err, ErrClosed) {
			return err
		}
	}
	return nil
}

func (v *virtual) advance(ctx context.Context, s Signal) error {
	effects, err := v.p.Advance(v.e, s, Env{
		Context: ctx, Now: v.o.Clock.now, Region: v.o.Region, Limits: v.o.Limits, Random: v.random.Float64, UUID: v.uuid,
		Token: func() string { return fmt.Sprintf("token-%016x%016x", v.random.Uint64(), v.random.Uint64()) },
	})
	if effects.Task != nil {
		v.do(ctx, *effects.Task)
	}
	return err
}

func (v *virtual) uuid() string {
	a, b := v.random.Uint64(), v.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

func (v *virtual) do(ctx context.Context, t Task) {
	reply := Reply{Err: &Failure{}}
	*reply.Err = Fault("Tasks.Missing", "no Tasks were given to carry out "+t.Resource)
	if v.o.Tasks != nil {
		reply = v.o.Tasks.Do(ctx, t)
	}
	out := reply.Output
	if len(out) == 0 {
		out = json.RawMessage("null")
	}
	if reply.Submitted != nil {
		v.post(0, Submit(t.ID, reply.Submitted))
	}
	switch {
	case reply.Never:
	case reply.Err != nil:
		v.post(reply.After, Fail(t.ID, *reply.Err))
	case t.WaitsForToken():
		v.post(reply.After, Submit(t.ID, out))
	default:
		v.post(reply.After, Succeed(t.ID, out))
	}
	for _, c := range reply.Callbacks {
		switch {
		case c.Err != nil:
			v.post(c.After, Fail(t.ID, *c.Err))
		case c.Output != nil:
			v.post(c.After, Succeed(t.ID, c.Output))
		default:
			v.post(c.After, Beat(t.ID))
		}
	}
}

func (v *virtual) post(after time.Duration, s Signal) {
	v.seq++
	heap.Push(&v.queue, arrival{v.o.Clock.now.Add(after), v.seq, s})
}

type arrival struct {
	at     time.Time
	seq    int
	signal Signal
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	if a[i].at.Equal(a[j].at) {
		return a[i].seq < a[j].seq
	}
	return a[i].at.Before(a[j].at)
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)   { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}
