package condition

import (
	"fmt"
	"slices"
	"time"

	"github.com/deskhand/deskhand/shared/hours"
)

// open is within_hours and outside_hours: an element that is a time and lies within the
// hours, or outside of them. What is no time is neither.
type open struct {
	own     *hours.Span // nil: the desk's hours
	zone    string      // of own; "" is the desk's
	outside bool
}

func (t open) holds(v any, _ int64) bool { return t.holdsAt(v, hours.Default()) }

func (t open) holdsAt(v any, desk hours.Hours) bool {
	h := desk
	if t.own != nil {
		h.Spans = []hours.Span{*t.own}
		if t.zone != "" {
			h.Timezone = t.zone
		}
	}
	return slices.ContainsFunc(elements(v), func(e any) bool {
		s, _ := e.(string)
		at, ok := ParseTime(s)
		return ok && h.Contain(at) != t.outside
	})
}

// print is used when nobody asks for the answer beforehand, which is a mistake that has
// to show.
func (t open) print(string) string {
	return `$error("hours are decided by a task before the choice")`
}

// newOpen reads {"timezone"?, "days"?, "from", "to"}, or nothing.
func newOpen(op string, value any) (open, error) {
	t := open{outside: op == "outside_hours"}
	if value == nil {
		return t, nil
	}
	m, ok := value.(map[string]any)
	if !ok {
		return t, fmt.Errorf("the value of %s must be hours with timezone, days, from and to, or left out for the desk's hours, not %s", op, describe(value))
	}
	t.own = &hours.Span{}
	for name, v := range m {
		text, isText := v.(string)
		switch name {
		case "days":
			list, isList := v.([]any)
			for _, d := range list {
				day, ok := d.(string)
				isList = isList && ok
				t.own.Days = append(t.own.Days, day)
			}
			if !isList || len(list) == 0 {
				return t, fmt.Errorf(`%s: days is a list like ["mon", "tue"]; leave it out for every day`, op)
			}
			continue
		case "timezone":
			t.zone = text
			if isText && text == "" {
				return t, fmt.Errorf("%s: timezone is empty; leave it out for the desk's", op)
			}
			if _, err := hours.Location(text); err != nil {
				return t, fmt.Errorf("%s: %w", op, err)
			}
		case "from":
			t.own.From = text
		case "to":
			t.own.To = text
		default:
			return t, fmt.Errorf("%s: hours have no member %q; there are timezone, days, from, to", op, name)
		}
		if !isText {
			return t, fmt.Errorf("%s: %s must be text, not %s", op, name, describe(v))
		}
	}
	if err := t.own.Check(); err != nil {
		return t, fmt.Errorf("%s: %w", op, err)
	}
	return t, nil
}

// Env is what a verdict depends on besides the context.
type Env struct {
	Now   time.Time    // older_than and within_last count from it
	Hours *hours.Hours // the desk's; nil: hours.Default
}

// HoursLeaves lists the leaves that JSONata cannot decide: within_hours, outside_hours.
func (c *Cond) HoursLeaves() []Leaf {
	var out []Leaf
	var walk func(*node)
	walk = func(n *node) {
		if _, ok := n.test.(open); ok && n.group == "" {
			out = append(out, n.leaf)
		}
		for _, item := range n.items {
			walk(item)
		}
	}
	if c != nil && c.root != nil {
		walk(c.root)
	}
	return out
}

// Open decides within_hours or outside_hours for a value, as Eval does. The value of the
// operator must be one that Parse takes.
func Open(op string, value, v any, desk hours.Hours) (bool, error) {
	if op != "within_hours" && op != "outside_hours" {
		return false, fmt.Errorf("%s is not about hours", op)
	}
	t, err := newOpen(op, value)
	if err != nil {
		return false, err
	}
	return t.holdsAt(v, desk), nil
}
