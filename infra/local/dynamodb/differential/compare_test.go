package differential_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// normalise brings an answer into one form: sets, and the items of a batch, have no order, and
// a number is what it is worth (DynamoDB Local keeps the digits of nested numbers as they came,
// AWS and the local stack write them plainly).
func normalise(v any, in string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = normalise(e, k)
		}
	case []any:
		for i, e := range v {
			v[i] = normalise(e, "")
		}
		switch in {
		case "SS", "NS", "BS":
			if in == "NS" {
				for i := range v {
					v[i] = plain(v[i])
				}
			}
			order(v)
		}
	case string:
		if in == "N" {
			return plain(v)
		}
	}
	return v
}

func plain(n any) any {
	s, _ := n.(string)
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		return n
	}
	return x.RatString()
}

func order(all []any) {
	keys := make(map[int]string, len(all))
	at := make([]int, len(all))
	for i, v := range all {
		at[i], keys[i] = i, written(v)
	}
	slices.SortFunc(at, func(i, j int) int { return strings.Compare(keys[i], keys[j]) })
	was := slices.Clone(all)
	for i, j := range at {
		all[i] = was[j]
	}
}

func written(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// leaf is one place where two answers differ.
type leaf struct {
	Path, Here, There string
}

// leaves lists where two normalised values differ.
func leaves(path string, here, there any, out []leaf) []leaf {
	switch h := here.(type) {
	case map[string]any:
		if t, ok := there.(map[string]any); ok {
			all := maps.Clone(h)
			maps.Copy(all, t)
			for _, k := range slices.Sorted(maps.Keys(all)) {
				out = leaves(path+"."+k, h[k], t[k], out)
			}
			return out
		}
	case []any:
		if t, ok := there.([]any); ok && len(t) == len(h) {
			for i := range h {
				out = leaves(fmt.Sprintf("%s[%d]", path, i), h[i], t[i], out)
			}
			return out
		}
	}
	if n, ok := here.(json.Number); ok {
		if m, ok := there.(json.Number); ok {
			x, _ := n.Float64()
			y, _ := m.Float64()
			if x == y { // 2 and 2.0
				return out
			}
		}
	}
	a, b := written(here), written(there)
	if a != b {
		out = append(out, leaf{strings.TrimPrefix(path, "."), short(a), short(b)})
	}
	return out
}

func short(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// compare lists how two answers to a call differ.
func compare(here, there answer) []leaf {
	outcome := func(a answer) string {
		if a.Code == "" {
			return "ok"
		}
		return a.Code + ": " + a.Message
	}
	if here.Code != there.Code || here.Status != there.Status {
		return []leaf{{"outcome", outcome(here), outcome(there)}}
	}
	var out []leaf
	if h, t := outcome(here), outcome(there); h != t && here.Code != "TransactionCanceledException" {
		out = append(out, leaf{"error", h, t})
	}
	return leaves("", normalise(here.Body, ""), normalise(there.Body, ""), out)
}

// known is a listed difference. All patterns are regular expressions that must match.
type known struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Right  string `json:"right"` // who does as AWS documents: here, there, or open
	// AtMost bounds a difference that covers more than one cause: the share of calls that may show it.
	AtMost float64 `json:"atMost,omitempty"`
	Action string  `json:"action,omitempty"`
	Path   string  `json:"path,omitempty"`
	Here   string  `json:"here,omitempty"`
	There  string  `json:"there,omitempty"`

	action, path, here, there *regexp.Regexp
}

func (k *known) covers(action string, l leaf) bool {
	return k.action.MatchString(action) && k.path.MatchString(l.Path) && k.here.MatchString(l.Here) && k.there.MatchString(l.There)
}

func readKnown(tb testing.TB) []*known {
	tb.Helper()
	raw, err := os.ReadFile("testdata/differences.json")
	if err != nil {
		tb.Fatal(err)
	}
	var all []*known
	if err := json.Unmarshal(raw, &all); err != nil {
		tb.Fatalf("testdata/differences.json: %v", err)
	}
	for _, k := range all {
		if k.Name == "" || k.Reason == "" || !slices.Contains([]string{"here", "there", "open"}, k.Right) {
			tb.Fatalf("testdata/differences.json: %+v lacks a name, a reason or who is right", k)
		}
		k.action, k.path, k.here, k.there = regexp.MustCompile(k.Action), regexp.MustCompile(k.Path), regexp.MustCompile(k.Here), regexp.MustCompile(k.There)
	}
	return all
}

// ledger counts differences, listed and new ones.
type ledger struct {
	known []*known

	mu      sync.Mutex
	calls   map[string]int
	failing int // calls that both sides refused
	met     map[string]int
	fresh   map[string]*finding
}

type finding struct {
	count   int
	action  string
	leaf    leaf
	request string
}

var digits = regexp.MustCompile(`[0-9]+`)

// note books the differences of one call and tells whether all are listed.
func (l *ledger) note(action string, refused bool, request any, found []leaf) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[action]++
	if refused {
		l.failing++
	}
next:
	for _, d := range found {
		for _, k := range l.known {
			if k.covers(action, d) {
				l.met[k.Name]++
				continue next
			}
		}
		id := action + " " + digits.ReplaceAllString(d.Path, "") + " " + words(d.Here) + " " + words(d.There)
		f := l.fresh[id]
		if f == nil {
			f = &finding{action: action, leaf: d, request: written(request)}
			l.fresh[id] = f
		}
		f.count++
	}
}

// words is a text without what changes from call to call, to tell kinds of differences apart.
func words(s string) string {
	s = digits.ReplaceAllString(s, "")
	if len(s) > 60 {
		s = s[:60]
	}
	return s
}
