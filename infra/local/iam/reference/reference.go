// Package reference is AWS's Service Authorization Reference for the services that the
// template uses: which actions exist, on which types of resources each can be allowed,
// what the ARNs of those look like, and which condition keys there are. It is data with a
// source (see actions.json and generate), so that those who check policies are not those
// who wrote them. It decides nothing; infra/local/iam asks it.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
package reference

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Data is actions.json.
type Data struct {
	Source   string             `json:"source"`
	Services map[string]Service `json:"services"` // by prefix: dynamodb, states, …
}

// Service is one service's page.
type Service struct {
	URL        string            `json:"url"`
	Actions    map[string]Action `json:"actions"`
	Resources  map[string]string `json:"resources"` // ARN formats by type
	Conditions []string          `json:"conditions"`
}

// Action is one action; without Resources it can be allowed on "*" only.
type Action struct {
	Resources []string `json:"resources,omitempty"`
}

//go:embed actions.json
var raw []byte

var load = sync.OnceValue(func() Data {
	var d Data
	if err := json.Unmarshal(raw, &d); err != nil {
		panic("infra/local/iam/reference/actions.json: " + err.Error()) // embedded, and read by the tests
	}
	return d
})

// Source says where the data is from.
func Source() string { return load().Source }

// Actions lists the actions that a policy's pattern ("states:Start*", "*") means, as
// "service:Action"; none when no such action exists, or the service is not in the data.
func Actions(pattern string) []string {
	prefix, name, ok := strings.Cut(pattern, ":")
	if pattern == "*" {
		prefix, name, ok = "*", "*", true
	}
	if !ok {
		return nil
	}
	var out []string
	for service, s := range load().Services {
		if !overlap(strings.ToLower(prefix), service) {
			continue
		}
		for action := range s.Actions {
			if overlap(strings.ToLower(name), strings.ToLower(action)) {
				out = append(out, service+":"+action)
			}
		}
	}
	slices.Sort(out)
	return out
}

// find is an action by its name, in any case of letters.
func find(action string) (s Service, a Action, ok bool) {
	prefix, name, _ := strings.Cut(action, ":")
	s, ok = load().Services[prefix]
	if !ok {
		return s, a, false
	}
	if a, ok = s.Actions[name]; ok {
		return s, a, true
	}
	for k, v := range s.Actions {
		if strings.EqualFold(k, name) {
			return s, v, true
		}
	}
	return s, a, false
}

// Known tells whether the data has the action.
func Known(action string) bool {
	_, _, ok := find(action)
	return ok
}

// Types are the resource types of an action, with their ARN formats; none when the action
// takes "*" only.
func Types(action string) map[string]string {
	s, a, _ := find(action)
	out := map[string]string{}
	for _, t := range a.Resources {
		out[t] = s.Resources[t]
	}
	return out
}

// Fits tells whether an ARN, or a pattern of ARNs, can name a resource of one of the
// action's types. "*" always fits.
func Fits(action, resource string) bool {
	if resource == "*" {
		return true
	}
	for _, format := range Types(action) {
		if fits(format, resource) {
			return true
		}
	}
	return false
}

// fits compares the six parts of an ARN; what the format leaves open is a star.
func fits(format, resource string) bool {
	f, r := strings.SplitN(open(format), ":", 6), strings.SplitN(resource, ":", 6)
	if len(f) < 6 || len(r) < 6 {
		return overlap(open(format), resource)
	}
	for i := range f {
		if !overlap(f[i], r[i]) {
			return false
		}
	}
	return true
}

// open puts a star for every ${Name} of a format.
func open(format string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteByte('*')
		_, format, _ = strings.Cut(rest, "}")
	}
}

// overlap tells whether two patterns with * and ? have a text in common.
func overlap(a, b string) bool {
	type place struct{ i, j int }
	seen := map[place]bool{}
	var at func(i, j int) bool
	at = func(i, j int) bool {
		p := place{i, j}
		if seen[p] {
			return false
		}
		seen[p] = true
		switch {
		case i == len(a) && j == len(b):
			return true
		case i < len(a) && a[i] == '*':
			return at(i+1, j) || j < len(b) && at(i, j+1)
		case j < len(b) && b[j] == '*':
			return at(i, j+1) || i < len(a) && at(i+1, j)
		case i == len(a) || j == len(b):
			return false
		case a[i] == b[j] || a[i] == '?' || b[j] == '?':
			return at(i+1, j+1)
		}
		return false
	}
	return at(0, 0)
}

// Condition tells whether a condition key can be used with an action: a global one, or one
// of the action's service.
func Condition(action, key string) bool {
	if strings.HasPrefix(strings.ToLower(key), "aws:") {
		return true
	}
	prefix, _, _ := strings.Cut(action, ":")
	for _, c := range load().Services[prefix].Conditions {
		if overlap(strings.ToLower(open(c)), strings.ToLower(key)) {
			return true
		}
	}
	return false
}

// Services are the services of the data.
func Services() []string { return slices.Sorted(maps.Keys(load().Services)) }
