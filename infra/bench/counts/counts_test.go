package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/infra/bench/rig"
	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/cost"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/workflow"
)

func TestEveryGalleryWorkflowIsPlayed(t *testing.T) {
	for _, g := range gallery.All() {
		if plays[g.ID] == nil {
			t.Errorf("nobody plays %s", g.ID)
		}
		definition, err := rig.Adapt(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, demo := range []string{`"support"`, `"billing"`, `"vip"`} {
			if bytes.Contains(definition, []byte(demo)) {
				t.Errorf("%s still names %s of the demo desk", g.ID, demo)
			}
		}
	}
}

func TestRunWithoutWhatGoesOnAnyway(t *testing.T) {
	tick := &use{calls: map[string]int{"dynamodb Query": 10}, invocations: map[string]int{"sweep": 10}, rru: 5}
	res := result{scene: scene{name: "Flow"}, transitions: 3, byPhase: map[string]*use{
		"run": {calls: map[string]int{"dynamodb GetItem": 2}, invocations: map[string]int{"act": 1}, rru: 2, wru: 40},
		"api": {calls: map[string]int{"dynamodb GetItem": 9}, invocations: map[string]int{"api": 4}, rru: 9, wru: 9},
		// 100 ticks, of which one repaired something
		"sweep": {calls: map[string]int{"dynamodb Query": 100, "dynamodb GetItem": 1}, invocations: map[string]int{"sweep": 100}, rru: 51},
	}}
	u := res.run(tick)
	if u.rru != 3 || u.wru != 40 || total(u.calls) != 3 || total(u.invocations) != 1 {
		t.Errorf("%+v", u)
	}
	// 3 × $25 + 40 × $0.625 + 3 × $0.125 + 1 × $0.20, per million
	if got := 1e6 * u.dollars(3); got < 100.574 || got > 100.576 {
		t.Errorf("$%g per million", got)
	}
	var out bytes.Buffer
	summary(&out, []result{res}, tick)
	if !strings.Contains(out.String(), "| Flow | 3 | 1 | 3 | 3 | 40 | 0.101 |") || !strings.Contains(out.String(), "43200 invocations, 1 calls each, 21600 RRU") {
		t.Errorf("%s", out.String())
	}
}

func TestEveryTypeOfNodeIsCounted(t *testing.T) {
	for _, k := range workflow.TheCatalog.Nodes {
		p, ok := probes[k.Type]
		if !ok {
			t.Errorf("nobody counts %s: add it to probes", k.Type)
			continue
		}
		_, problems := check.Source([]byte(p.definition(k.Type, "wf_00000000000000000000000000", "https://example.com/")), check.Options{AI: true,
			Groups: []string{"accounts"}, Managed: []string{"accounts"}, Inboxes: []string{"front-desk"}})
		if workflow.HasErrors(problems) {
			t.Errorf("%s: %+v", k.Type, problems)
		}
	}
}

func TestUnits(t *testing.T) {
	a, err := assume()
	if err != nil {
		t.Fatal(err)
	}
	a.InvocationMs, a.CallMs, a.OtherCallMs = 10, map[string]float64{"s3 GetObject": 90}, 1
	u := units(map[string]*use{
		"receive":  {calls: map[string]int{"s3 GetObject": 1}, invocations: map[string]int{"receive": 1}, rru: 2, wru: 3},
		"dispatch": {calls: map[string]int{"states StartExecution": 10}, invocations: map[string]int{"dispatch": 2}},
	}, a, map[string]int{"receive": 1024, "dispatch": 512})
	want := cost.Use{cost.LambdaRequest: 3, cost.LambdaGBSecond: .1 + .03/2, cost.ReadUnit: 2, cost.WriteUnit: 3, cost.ObjectGet: 1, cost.QueueRequest: 6}
	if diff := cmp.Diff(want, u, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
