package interp_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// rewrite turns the simple JSONPath of the recorded callback cases into JSONata.
func rewrite(t *testing.T, definition json.RawMessage) json.RawMessage {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(definition, &m); err != nil {
		t.Fatal(err)
	}
	m["QueryLanguage"] = "JSONata"
	for _, s := range m["States"].(map[string]any) {
		s := s.(map[string]any)
		move(s, "Parameters", "Arguments", template)
		move(s, "TimeoutSecondsPath", "TimeoutSeconds", path)
		move(s, "HeartbeatSecondsPath", "HeartbeatSeconds", path)
		move(s, "ResultPath", "Output", func(v any) any { return merge(v, "$states.result") })
		if list, ok := s["Catch"].([]any); ok {
			for _, c := range list {
				move(c.(map[string]any), "ResultPath", "Output", func(v any) any { return merge(v, "$states.errorOutput") })
			}
		}
	}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func move(m map[string]any, from, to string, how func(any) any) {
	if v, ok := m[from]; ok {
		delete(m, from)
		m[to] = how(v)
	}
}

func template(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if name, ok := strings.CutSuffix(k, ".$"); ok {
				out[name] = path(e)
			} else {
				out[k] = template(e)
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = template(v[i])
		}
	}
	return v
}

func path(v any) any {
	p := v.(string)
	if rest, ok := strings.CutPrefix(p, "$$."); ok {
		return "{% $states.context." + rest + " %}"
	}
	return "{% $states.input" + strings.TrimPrefix(p, "$") + " %}"
}

func merge(v any, what string) any {
	name := strings.TrimPrefix(v.(string), "$.")
	return `{% $merge([$states.input, {"` + name + `": ` + what + `}]) %}`
}
