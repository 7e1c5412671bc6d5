package cost_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/cost"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

func TestPrices(t *testing.T) {
	list := cost.Prices()
	if _, err := time.Parse(time.DateOnly, list.Date); err != nil || list.Region == "" {
		t.Errorf("the list says neither where nor when: %q %q", list.Region, list.Date)
	}
	seen := map[cost.Item]bool{}
	for _, p := range list.Prices {
		if p.Service == "" || p.Unit == "" || p.Per <= 0 || p.USD <= 0 || !strings.HasPrefix(p.Source, "https://") {
			t.Errorf("price of %s: %+v", p.Item, p)
		}
		if seen[p.Item] {
			t.Errorf("two prices of %s", p.Item)
		}
		seen[p.Item] = true
	}
}

func TestDollars(t *testing.T) {
	u := cost.Use{cost.Transition: 4, cost.WriteUnit: 100}.Plus(cost.Use{cost.Transition: 2, cost.MailOut: 1}).Times(1000)
	// 6,000 transitions, 100,000 units, 1,000 mails
	if got, want := u.Dollars(), 6*0.025+0.1*0.625+0.10; math.Abs(got-want) > 1e-9 {
		t.Errorf("$%g, want $%g", got, want)
	}
	if got := (cost.Use{cost.Transition: 3}).MicroUSD(); got != 75 {
		t.Errorf("%d millionths", got)
	}
	if got := (cost.Use)(nil).MicroUSD(); got != 0 {
		t.Errorf("nothing costs %d", got)
	}
}

// Every type of node was counted, and everything counted has a price.
func TestCounted(t *testing.T) {
	c := cost.Count()
	for _, k := range workflow.TheCatalog.Nodes {
		if c.Nodes[k.Type][cost.Transition] < 1 {
			t.Errorf("%s was not counted: make counted.json anew (%s)", k.Type, c.How)
		}
		if k.Function != "" && c.Nodes[k.Type][cost.LambdaRequest] < 1 {
			t.Errorf("%s calls a function, and was counted without: %v", k.Type, c.Nodes[k.Type])
		}
	}
	if c.Mail.Dollars() <= 0 || c.Run.Dollars() <= 0 || c.Idle.Dollars() <= 0 {
		t.Error("a mail, a run and the sweep cost something")
	}
	for id, u := range c.Flows {
		if u.Dollars() <= 0 {
			t.Errorf("%s costs nothing", id)
		}
	}
}

// What the nodes were counted to take adds up to what whole runs were counted to take.
func TestFlowAgreesWithRuns(t *testing.T) {
	for _, g := range gallery.All() {
		t.Run(g.ID, func(t *testing.T) {
			def, problems := workflow.Parse(g.Definition)
			if workflow.HasErrors(problems) {
				t.Fatal(problems)
			}
			counted, ok := cost.Count().Flows[g.ID]
			if !ok {
				t.Fatal("not counted")
			}
			e := cost.Flow(def)
			least, most := aws(e.Least), aws(e.Most)
			if got := aws(counted); got < least*.75 || got > most*1.25 {
				t.Errorf("a run was counted at $%.6f, and is estimated between $%.6f and $%.6f", got, least, most)
			}
			if tr := counted[cost.Transition]; tr < e.Least[cost.Transition] || tr > e.Most[cost.Transition] {
				t.Errorf("%g transitions, estimated between %g and %g", tr, e.Least[cost.Transition], e.Most[cost.Transition])
			}
		})
	}
}

// aws is the money without the model's tokens, which no local run uses.
func aws(u cost.Use) float64 {
	u = u.Plus(nil)
	delete(u, cost.TokenIn)
	delete(u, cost.TokenOut)
	return u.Dollars()
}

func parsed(t *testing.T, text string) *workflow.Definition {
	t.Helper()
	def, problems := workflow.Parse([]byte(text))
	if workflow.HasErrors(problems) {
		t.Fatal(problems)
	}
	return def
}

func TestFlow(t *testing.T) {
	branch := `{"trigger":{"type":"message.received"},"nodes":[
		{"id":"b","type":"branch","params":{"cases":[{"id":"x","when":{"all":[]}}]}},
		{"id":"s","type":"set","params":{"values":{"a":"b"}}},{"id":"v","type":"set","params":{"values":{"a":"c"}}},{"id":"w","type":"set","params":{"values":{"a":"d"}}}],
		"edges":[{"from":"trigger","to":"b"},{"from":"b","output":"x","to":"s"},{"from":"s","to":"v"},{"from":"v","to":"w"}]}`
	for name, c := range map[string]struct {
		def                  string
		least, typical, most float64
	}{
		"nothing":      {`{"trigger":{"type":"manual"},"nodes":[],"edges":[]}`, 1, 1, 1},
		"a branch":     {branch, 2, 3, 4}, // to the Succeed state, or three sets
		"disabled":     {strings.Replace(branch, `"id":"v",`, `"id":"v","disabled":true,`, 1), 2, 2.5, 3},
		"a circle":     {`{"trigger":{"type":"manual"},"nodes":[{"id":"s","type":"set","params":{}}],"edges":[{"from":"trigger","to":"s"},{"from":"s","to":"s"}]}`, 1, 1, 1},
		"unknown node": {`{"trigger":{"type":"manual"},"nodes":[{"id":"s","type":"what.is"}],"edges":[{"from":"trigger","to":"s"}]}`, 1, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			def, _ := workflow.Parse([]byte(c.def))
			e := cost.Flow(def)
			if got := [3]float64{e.Least[cost.Transition], e.Typical[cost.Transition], e.Most[cost.Transition]}; got != [3]float64{c.least, c.typical, c.most} {
				t.Errorf("transitions %v, want %v %v %v", got, c.least, c.typical, c.most)
			}
		})
	}
	t.Run("no definition", func(t *testing.T) {
		if cost.Flow(nil).Most.Dollars() <= 0 {
			t.Error("even a run of nothing costs something")
		}
	})
	t.Run("a model is the dearest", func(t *testing.T) {
		with := cost.Flow(parsed(t, `{"trigger":{"type":"message.received"},"nodes":[{"id":"a","type":"ai.summarise"}],"edges":[{"from":"trigger","to":"a"}]}`))
		if with.Least[cost.TokenIn] == 0 || with.Least.Dollars() < 10*cost.Flow(nil).Least.Dollars() {
			t.Errorf("%v", with.Least)
		}
	})
}

func TestRun(t *testing.T) {
	places := map[string]run.Place{"t": {Node: "t", Type: "conversation.tag", Role: "task"}, "ok": {Node: "ok", Type: "approval", Role: "task"},
		"ok.resume": {Node: "ok", Type: "approval", Role: "resume"}, "ok.choice": {Node: "ok", Type: "approval", Role: "choice"}}
	once := []run.HistoryEvent{{Type: "ExecutionStarted"}, {Type: "TaskStateEntered", State: "t"}, {Type: "TaskScheduled"}, {Type: "TaskSucceeded"}, {Type: "TaskStateExited", State: "t"}}
	twice := append(append([]run.HistoryEvent{}, once[:3]...), append([]run.HistoryEvent{{Type: "TaskFailed"}}, once[2:]...)...)
	asked := []run.HistoryEvent{{Type: "TaskStateEntered", State: "ok"}, {Type: "TaskScheduled"}, {Type: "TaskStateEntered", State: "ok.resume"}, {Type: "TaskScheduled"}, {Type: "ChoiceStateEntered", State: "ok.choice"}}
	c := cost.Count()
	for name, w := range map[string]struct {
		events      []run.HistoryEvent
		transitions float64
		writes      float64
	}{
		"begun":        {nil, 0, c.Run[cost.WriteUnit]},
		"one action":   {once, 1, c.Run[cost.WriteUnit] + c.Nodes["conversation.tag"][cost.WriteUnit]},
		"tried twice":  {twice, 2, c.Run[cost.WriteUnit] + 2*c.Nodes["conversation.tag"][cost.WriteUnit]},
		"one approval": {asked, 3, c.Run[cost.WriteUnit] + c.Nodes["approval"][cost.WriteUnit]},
	} {
		t.Run(name, func(t *testing.T) {
			u := cost.Run(w.events, places)
			if u[cost.Transition] != w.transitions || u[cost.WriteUnit] != w.writes {
				t.Errorf("%g transitions and %g units, want %g and %g", u[cost.Transition], u[cost.WriteUnit], w.transitions, w.writes)
			}
		})
	}
	before, _ := json.Marshal(c)
	if after, _ := json.Marshal(cost.Count()); string(after) != string(before) {
		t.Error("what was counted was changed")
	}
}
