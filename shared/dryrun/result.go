package dryrun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// result is what a step is said to come to.
type result struct {
	values map[string]any
	fails  bool
	code   string
	reason string
}

// readResult reads a result that the request gives for a node of the type: an object of
// the step's values, or {"error": {"code"?, "message"?}}. For an approval it says the
// decision, for a wait the output.
func readResult(typ string, raw json.RawMessage) (result, error) {
	var r result
	kind, ok := workflow.TheCatalog.Node(typ)
	if !ok || kind.Function == "" {
		return r, fmt.Errorf("a node of type %s computes its result itself: none can be given", typ)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&r.values); err != nil || r.values == nil {
		return r, fmt.Errorf("a result is an object of the step's values, or {\"error\": {\"code\", \"message\"}}")
	}
	if e, ok := r.values["error"]; ok && len(r.values) == 1 {
		m, ok := e.(map[string]any)
		if !ok {
			return r, fmt.Errorf("error is an object {\"code\", \"message\"}")
		}
		r.fails, r.code, r.reason = true, "failed", "it is said to fail"
		if s, ok := m["code"].(string); ok && s != "" {
			r.code = s
		}
		if s, ok := m["message"].(string); ok && s != "" {
			r.reason = s
		}
		if strings.HasPrefix(r.code, "States.") {
			return r, fmt.Errorf("error.code %q is one of Step Functions' own: steps fail with names as invalid or unavailable", r.code)
		}
		return r, nil
	}
	if typ == "approval" || typ == "wait" {
		return r, r.settle(kind)
	}
	return r, nil
}

// settle finds by which output an approval or a wait goes on.
func (r *result) settle(kind *workflow.NodeKind) error {
	output, _ := r.values["output"].(string)
	if d, ok := r.values["decision"].(string); ok && output == "" {
		output = d
	}
	switch output {
	case "approve":
		output = "approved"
	case "reject":
		output = "rejected"
	}
	if !slices.Contains(kind.Outputs, output) {
		return fmt.Errorf("output is %q: it is one of %s", output, strings.Join(kind.Outputs, ", "))
	}
	r.values["output"] = output
	if kind.Type == "approval" {
		r.values["decision"] = output
	}
	return nil
}
