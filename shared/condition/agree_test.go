package condition_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/workflow"
)

var (
	words    = []string{"", "refund", "REFUND", "Refund", "ref", "und", "straße", "STRASSE", "K", "k", "K", "ſ", "S", "é", "É", "😀", "𐐀", "𐐨", "a.b", "(x)", "{% 1 %}", "%}", "\"", "\\", "`", "/", "\n", " ", "true", "3", "2026-11-22T12:00:00Z", "2026-11-20T00:00:00.5+02:00", "2026-02-30T00:00:00Z"}
	numbers  = []float64{0, -0.5, 1, 3, 3.5, 1e21, -1e-9, 100}
	patterns = []string{"ref", "^ref", "und$", "x*", ".*ref.*", "(?i)K", "(?-i)REF", "[^a-z]", "\\bref\\b", "\\B", "^.$", "^..?$", "(?s)^.+$", "(?m)^und$", "a|", "(re|un)+", "[😀-😅]", "[^😀]", "\\W", "\\S\\s", "^(?:[a-z]{2,3}){1,2}$", "\\x{10428}", "$^", "(?:)", "[[:alpha:]]+d$", "\\p{Lu}", "^\\PL*$", "ſ", "\\Aref\\z"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func randomText(r *rand.Rand) string {
	s := pick(r, words)
	for r.IntN(3) == 0 {
		s += pick(r, words)
	}
	return s
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(12); {
	case n < 5:
		return randomText(r)
	case n < 7:
		return pick(r, numbers)
	case n < 8:
		return r.IntN(2) == 0
	case n < 9:
		return nil
	case depth > 2:
		return "deep"
	case n < 11:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, randomValue(r, depth+1))
		}
		return list
	}
	m := map[string]any{}
	for range r.IntN(3) {
		m[pick(r, []string{"a", "b", "odd key"})] = randomValue(r, depth+1)
	}
	return m
}

func randomScalar(r *rand.Rand) any {
	switch r.IntN(6) {
	case 0:
		return pick(r, numbers)
	case 1:
		return r.IntN(2) == 0
	}
	return randomText(r)
}

func randomCondition(r *rand.Rand, depth int) map[string]any {
	if depth < 3 && r.IntN(4) == 0 {
		items := []any{}
		for range r.IntN(4) {
			items = append(items, randomCondition(r, depth+1))
		}
		return map[string]any{pick(r, []string{"all", "any", "none"}): items}
	}
	var op workflow.Operator
	for op = pick(r, workflow.TheCatalog.Operators); !op.Available; op = pick(r, workflow.TheCatalog.Operators) {
	}
	leaf := map[string]any{"field": pick(r, []string{"detail.a", "detail.b", "detail.a.b", "detail.a.a.b", "detail.`odd key`", "detail.a.`odd key`", "vars.x", "contact.tags"}), "op": op.Name}
	if op.MatchCase && r.IntN(3) == 0 {
		leaf["matchCase"] = true
	}
	list := func() []any {
		out := []any{randomScalar(r)}
		for range r.IntN(3) {
			out = append(out, randomScalar(r))
		}
		return out
	}
	switch op.Value {
	case workflow.ValueAnyOf:
		leaf["value"] = randomScalar(r)
		if r.IntN(2) == 0 {
			leaf["value"] = list()
		}
	case workflow.ValueList:
		leaf["value"] = list()
	case workflow.ValuePattern:
		leaf["value"] = pick(r, patterns)
	case workflow.ValueNumber:
		leaf["value"] = pick(r, numbers)
	case workflow.ValueRange:
		leaf["value"] = []any{-1.0, pick(r, []float64{0, 3, 1e21})}
	case workflow.ValueTime:
		leaf["value"] = pick(r, []string{"2026-11-22T12:00:00Z", "2026-11-19T22:00:00.500Z", "2030-01-01T00:00:00+05:30"})
	case workflow.ValueDuration:
		leaf["value"] = pick(r, []string{"30s", "24h", "365d"})
	case workflow.ValueHours:
		if r.IntN(3) > 0 {
			leaf["value"] = map[string]any{"timezone": "America/New_York", "days": []any{"sun", "thu"}, "from": pick(r, []string{"05:00", "20:00"}), "to": "08:00"}
		}
	}
	return leaf
}

// TestAgreement: for generated conditions and contexts the two evaluators agree.
func TestAgreement(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	trues := 0
	const rounds = 6000
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 7))
		raw, _ := json.Marshal(randomCondition(r, 0))
		cond, problems := condition.Parse(raw)
		if cond == nil {
			t.Fatalf("seed %d: %s: %+v", seed, raw, problems)
		}
		for range 2 {
			var ctx map[string]any
			data, _ := json.Marshal(map[string]any{"detail": randomValue(r, 0), "vars": map[string]any{"x": randomValue(r, 0)}, "contact": map[string]any{"tags": randomValue(r, 1)}})
			_ = json.Unmarshal(data, &ctx)
			got, _ := cond.Eval(ctx, now)
			if other := evalJSONata(t, cond, ctx, now); other != got {
				t.Fatalf("seed %d: Go says %v, JSONata %v\ncondition %s\ncontext %s\n%s", seed, got, other, raw, data, cond.JSONata(resolve))
			}
			if got {
				trues++
			}
		}
	}
	if trues < rounds/10 || trues > 2*rounds*9/10 {
		t.Errorf("%d of %d are true: the generator says too little", trues, 2*rounds)
	}
	t.Logf("%d of %d true", trues, 2*rounds)
}
