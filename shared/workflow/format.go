package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Format is the version of the format that this release reads and writes. A definition
// may say of which version it is in the member "format"; one that does not is of
// version 1, the first that was published.
const Format = 1

// FormatMember is the member of a definition that says of which version it is.
const FormatMember = "format"

// upgrades leads from each older format to the next; the first from format 0. Each one
// changes the members of a definition; what it does not know it leaves as it is.
var upgrades = []func(m map[string]json.RawMessage) error{fromFormat0}

// Upgrade makes of a definition of an older format one of today's; from is the format it
// was in. A definition of today's format, and what is no JSON object, is given back as
// it is. The error says what to do with one of a newer format.
func Upgrade(definition json.RawMessage) (upgraded json.RawMessage, from int, err error) {
	var m map[string]json.RawMessage
	if json.Unmarshal(definition, &m) != nil {
		return definition, Format, nil
	}
	var format int
	if raw, there := m[FormatMember]; !there || kind(raw) == "null" || json.Unmarshal(raw, &format) != nil || format < 0 {
		return definition, Format, nil // not said, or a member of somebody else's
	}
	switch {
	case format > Format:
		return definition, format, fmt.Errorf("the definition is of format %d, and this release knows format %d: update Deskhand, or write it in format %d", format, Format, Format)
	case format == Format:
		return definition, format, nil
	}
	for v := format; v < Format; v++ {
		if err := upgrades[v](m); err != nil {
			return definition, format, fmt.Errorf("the definition says that it is of format %d, and %w: correct it, or write it in format %d", format, err, Format)
		}
	}
	delete(m, FormatMember)
	upgraded, err = encode(m)
	return upgraded, format, err
}

// fromFormat0 reads the format of the first drafts: steps that name what follows them
// ("then": an id, or an id per output), "do" and "with" for type and params, and a
// trigger with a "filter". The first step is the one that the trigger leads to.
func fromFormat0(m map[string]json.RawMessage) error {
	if raw, ok := m["trigger"]; ok {
		var trigger map[string]json.RawMessage
		if json.Unmarshal(raw, &trigger) != nil {
			return fmt.Errorf("trigger is %s, not an object", kind(raw))
		}
		rename(trigger, "filter", "conditions")
		m["trigger"], _ = encode(trigger)
	}
	var steps []map[string]json.RawMessage
	if raw, ok := m["steps"]; ok && json.Unmarshal(raw, &steps) != nil {
		return fmt.Errorf("steps is not a list of objects")
	}
	edges := []Edge{}
	for i, s := range steps {
		var id string
		if json.Unmarshal(s["id"], &id) != nil {
			return fmt.Errorf("steps/%d/id is not text", i)
		}
		if i == 0 {
			edges = append(edges, Edge{From: TriggerID, To: id})
		}
		rename(s, "do", "type")
		rename(s, "with", "params")
		then, err := following(s["then"])
		if err != nil {
			return fmt.Errorf("steps/%d/then is neither an id nor an id per output", i)
		}
		delete(s, "then")
		for _, output := range slices.Sorted(maps.Keys(then)) {
			e := Edge{From: id, Output: output, To: then[output]}
			if output == OutputNext {
				e.Output = ""
			}
			edges = append(edges, e)
		}
	}
	delete(m, "steps")
	if steps == nil {
		steps = []map[string]json.RawMessage{}
	}
	m["nodes"], _ = encode(steps) // raw members always marshal
	m["edges"], _ = encode(edges)
	return nil
}

// following reads "then": by output.
func following(raw json.RawMessage) (map[string]string, error) {
	switch kind(raw) {
	case "text":
		var id string
		err := json.Unmarshal(raw, &id)
		return map[string]string{OutputNext: id}, err
	case "an object":
		var by map[string]string
		err := json.Unmarshal(raw, &by)
		return by, err
	}
	if raw == nil {
		return nil, nil
	}
	return nil, fmt.Errorf("then is %s", kind(raw))
}

func rename(m map[string]json.RawMessage, from, to string) {
	if v, ok := m[from]; ok {
		delete(m, from)
		m[to] = v
	}
}
