package condition

// Explanation tells how a verdict came about. It mirrors the tree: a group has Group and
// Items, a leaf has Field, Op, Value and Actual.
type Explanation struct {
	Verdict   bool          `json:"verdict"`
	Group     string        `json:"group,omitempty"` // all, any, none
	Items     []Explanation `json:"items,omitempty"`
	Field     string        `json:"field,omitempty"`
	Op        string        `json:"op,omitempty"`
	Value     any           `json:"value,omitempty"`
	MatchCase bool          `json:"matchCase,omitempty"`
	Actual    any           `json:"actual,omitempty"` // cut when long; absent when missing
	Missing   bool          `json:"missing,omitempty"`
}

// Failed is the leaf that decided against: what a match record shows.
type Failed struct {
	Field  string `json:"field"`
	Op     string `json:"op"`
	Value  any    `json:"value,omitempty"`
	Actual any    `json:"actual"`        // nil when missing
	Not    bool   `json:"not,omitempty"` // the leaf held, inside a none group that forbids it
}

// FirstFailed is the first leaf that blocked; nil when the verdict is true or when an
// empty "any" has no leaf to name.
func (e Explanation) FirstFailed() *Failed {
	if e.Verdict {
		return nil
	}
	return e.decider()
}

// decider finds the first leaf that made the verdict what it is.
func (e Explanation) decider() *Failed {
	if e.Group == "" {
		return &Failed{Field: e.Field, Op: e.Op, Value: e.Value, Actual: e.Actual, Not: e.Verdict}
	}
	// In none, a true item decides for false; in all and any, an item decides for its own verdict.
	want := e.Verdict
	if e.Group == "none" {
		want = !want
	}
	for _, item := range e.Items {
		if item.Verdict == want {
			if f := item.decider(); f != nil {
				return f
			}
		}
	}
	return nil
}

const (
	maxActualText  = 500 // characters
	maxActualItems = 50
	maxActualDepth = 4
)

// cut keeps match records small: an actual value is shown, not stored.
func cut(v any) any { return cutAt(v, 0) }

func cutAt(v any, depth int) any {
	if depth > maxActualDepth {
		return "…"
	}
	switch v := v.(type) {
	case string:
		n := 0
		for i := range v {
			if n == maxActualText {
				return v[:i] + "…"
			}
			n++
		}
		return v
	case []any:
		out := make([]any, 0, min(len(v), maxActualItems+1))
		for i, item := range v {
			if i == maxActualItems {
				out = append(out, "…")
				break
			}
			out = append(out, cutAt(item, depth+1))
		}
		return out
	case map[string]any:
		if len(v) > maxActualItems {
			return "{…}"
		}
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = cutAt(item, depth+1)
		}
		return out
	}
	return v
}
