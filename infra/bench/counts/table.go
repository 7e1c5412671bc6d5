package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// ticksPerMonth of the sweep, of 30 days.
const ticksPerMonth = 30 * 24 * 60

// print shows a run phase by phase.
func (res result) print(w io.Writer) {
	fmt.Fprintf(w, "%s (%s): %d transitions\n", res.name, res.id, res.transitions)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  phase\tinvocations\tRRU\tWRU\tcalls")
	for _, p := range phases {
		if u := res.byPhase[p]; u != nil {
			fmt.Fprintf(t, "  %s\t%s\t%g\t%g\t%s\n", named(p), each(u.invocations), u.rru, u.wru, each(u.calls))
		}
	}
	_ = t.Flush()
	fmt.Fprintln(w)
}

func named(phase string) string {
	if phase == "api" {
		return "(by a person)"
	}
	return phase
}

// each is "act 2, reach 1".
func each(m map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(out, ", ")
}

// phases of the run itself: without what people did over REST, and without the ticks of
// the sweep that go on whether anything runs or not.
func (res result) phases(tick *use) map[string]*use {
	out := map[string]*use{}
	for p, u := range res.byPhase {
		if p != "api" && p != "sweep" {
			out[p] = u
		}
	}
	u := res.byPhase["sweep"]
	if u == nil {
		return out
	}
	rest := newUse()
	ticks, of := float64(total(u.invocations)), float64(total(tick.invocations))
	rest.rru = max(0, u.rru-ticks*tick.rru/of)
	rest.wru = max(0, u.wru-ticks*tick.wru/of)
	for k, n := range u.calls {
		if extra := n - int(ticks*float64(tick.calls[k])/of+.5); extra > 0 {
			rest.calls[k] = extra
		}
	}
	out["sweep"] = rest
	return out
}

// run is all phases of the run together.
func (res result) run(tick *use) *use {
	sum := newUse()
	for _, u := range res.phases(tick) {
		sum.add(u)
	}
	return sum
}

// summary is one line per workflow, as Markdown.
func summary(w io.Writer, all []result, tick *use) {
	fmt.Fprintln(w, "| workflow, one run | transitions | Lambda | AWS calls | RRU | WRU | $ per 1,000 |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|")
	for _, res := range all {
		u := res.run(tick)
		fmt.Fprintf(w, "| %s | %d | %d | %d | %g | %g | %.3f |\n", res.name, res.transitions, total(u.invocations), total(u.calls), u.rru, u.wru, 1000*u.dollars(res.transitions))
	}
	n := float64(total(tick.invocations))
	perTick := use{calls: tick.calls, invocations: map[string]int{"sweep": ticksPerMonth}, rru: tick.rru / n * ticksPerMonth, wru: tick.wru / n * ticksPerMonth}
	fmt.Fprintf(w, "\nThe sweep with nothing due, in 30 days: %d invocations, %g calls each, %g RRU, %g WRU, $%.3f.\n",
		ticksPerMonth, float64(total(tick.calls))/n, perTick.rru, perTick.wru, perTick.dollars(0))
	fmt.Fprintln(w, "Dollars are of transitions, request units and Lambda requests, not of running time, mail, queues, the bus and the bucket.")
}
