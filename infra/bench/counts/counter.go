package main

import (
	"maps"
	"strings"
	"sync"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/stack"
)

// phases in the order of a run; a function is in the phase of its name but for these.
var (
	phases  = []string{"receive", "relay", "dispatch", "run", "approve", "record", "sweep", "api"}
	phaseOf = map[string]string{"act": "run", "reach": "run"}
)

// use is what one phase, or all together, took.
type use struct {
	calls       map[string]int // "dynamodb GetItem" → n
	invocations map[string]int // function → n
	rru, wru    float64
}

func newUse() *use { return &use{calls: map[string]int{}, invocations: map[string]int{}} }

func (u *use) add(v *use) {
	for k, n := range v.calls {
		u.calls[k] += n
	}
	for k, n := range v.invocations {
		u.invocations[k] += n
	}
	u.rru, u.wru = u.rru+v.rru, u.wru+v.wru
}

func total(m map[string]int) (n int) {
	for v := range maps.Values(m) {
		n += v
	}
	return n
}

// counter adds up the calls of the functions since it was last emptied. Calls of people
// (at the keyboard, as this program's own) are not counted.
type counter struct {
	stack    *stack.Stack
	function map[string]string // role ARN → function

	mu      sync.Mutex
	byPhase map[string]*use
	before  map[string]int // invocations
}

func newCounter(s *stack.Stack) *counter {
	c := &counter{stack: s, function: map[string]string{}}
	for _, f := range s.Template.Functions() {
		c.function[f.RoleARN] = short(f.LogicalID)
	}
	c.empty()
	s.Observe(c.see)
	return c
}

// short is "act" of ActFunction.
func short(logicalID string) string {
	return strings.ToLower(strings.TrimSuffix(logicalID, "Function"))
}

func phase(function string) string {
	if p := phaseOf[function]; p != "" {
		return p
	}
	return function
}

func (c *counter) see(o awshttp.Observation) {
	f := c.function[o.Caller.ARN]
	if f == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.of(phase(f))
	u.calls[o.Service+" "+o.Action]++
	switch {
	case o.Service != "dynamodb":
	case writes(o.Action):
		u.wru += o.Units
	default:
		u.rru += o.Units
	}
}

func writes(action string) bool {
	for _, verb := range []string{"Put", "Update", "Delete", "TransactWrite", "BatchWrite"} {
		if strings.HasPrefix(action, verb) {
			return true
		}
	}
	return false
}

func (c *counter) of(phase string) *use {
	if c.byPhase[phase] == nil {
		c.byPhase[phase] = newUse()
	}
	return c.byPhase[phase]
}

// empty begins to count anew.
func (c *counter) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byPhase, c.before = map[string]*use{}, c.invocations()
}

func (c *counter) invocations() map[string]int {
	out := map[string]int{}
	for _, s := range c.stack.Lambda.Stats() {
		out[short(s.Function)] = s.Invocations
	}
	return out
}

// take is what was counted since the last empty or take.
func (c *counter) take() map[string]*use {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.invocations()
	for f, n := range now {
		if n -= c.before[f]; n > 0 {
			c.of(phase(f)).invocations[f] = n
		}
	}
	out := c.byPhase
	c.byPhase, c.before = map[string]*use{}, now
	return out
}
