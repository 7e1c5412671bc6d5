package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/deskhand/deskhand/shared/cost"
)

type quotas struct {
	Date   string  `json:"date"`
	Region string  `json:"region"`
	Note   string  `json:"note"`
	Quotas []quota `json:"quotas"`
}

// quota is what AWS lets an account do, and what the desk does past it.
type quota struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Limit  float64 `json:"limit"`
	Burst  float64 `json:"burst"`
	Unit   string  `json:"unit"`
	Also   string  `json:"also"`
	Source string  `json:"source"`
	Then   string  `json:"then"`
	Where  string  `json:"where"`
	Raise  string  `json:"raise"`
}

// Writes to the one list key that events have, of one event: put as it happens, and once
// more with its matches; of 1 KB each, and twice in a transaction. Dispatched events of a
// mail: its own, and those of the nodes, one per run.
const (
	listWrites     = 3
	dispatchSecond = 0.12 // to match one event and start one run, as counted and assumed
)

// demand of a month, in the unit of the quota.
var demand = map[string]func(m month) float64{
	"sesRate": func(m month) float64 { return m.of(cost.MailOut) },
	"sesDay":  func(m month) float64 { return m.of(cost.MailOut) * 86_400 },
	"model":   func(m month) float64 { return (m.of(cost.TokenIn) + 5*m.of(cost.TokenOut)) * 60 },
	"start":   func(m month) float64 { return m.starts() },
	"open": func(m month) float64 {
		return m.second()*m.desk.RunsPerMail["ai-reply-approval"]*m.desk.ApprovalHours*3600 + m.second()*m.desk.RunsPerMail["escalate-open-ticket"]*86_400
	},
	"transition": func(m month) float64 { return m.of(cost.Transition) },
	"answer":     func(m month) float64 { return m.second() * m.desk.RunsPerMail["ai-reply-approval"] },
	"lambda":     func(m month) float64 { return m.of(cost.LambdaGBSecond) * 4 }, // of 256 MB each; receive has more, so that this is at most
	"dispatch":   func(m month) float64 { return (m.second() + m.starts()) * dispatchSecond },
	"table":      func(m month) float64 { return m.of(cost.WriteUnit) },
	"partition":  func(m month) float64 { return (m.second() + m.starts()) * listWrites },
	"bus":        func(m month) float64 { return m.of(cost.BusEvent) },
}

// held tells which quota is met first and what happens then.
func held(w io.Writer, q quotas, all []month) {
	fmt.Fprintf(w, "Quotas (%s, %s). %s In bold what a rate is over; the share is demand ÷ quota.\n\n", q.Region, q.Date, q.Note)
	fmt.Fprint(w, "| quota | default |")
	for _, m := range all {
		fmt.Fprintf(w, " %s/min |", number(m.rate))
	}
	fmt.Fprintln(w, " holds up from, mails/min | what happens then | kept where | what to raise |")
	fmt.Fprint(w, "|---|---|")
	for range all {
		fmt.Fprint(w, "---:|")
	}
	fmt.Fprintln(w, "---:|---|---|---|")
	list := slices.Clone(q.Quotas)
	first := func(x quota) float64 { return x.Limit / demand[x.ID](all[0]) * all[0].rate }
	slices.SortStableFunc(list, func(a, b quota) int {
		if first(a) < first(b) {
			return -1
		}
		return 1
	})
	for _, x := range list {
		value := number(x.Limit) + " " + x.Unit
		if x.Burst > 0 {
			value += fmt.Sprintf(", %s at once", number(x.Burst))
		}
		if x.Also != "" {
			value += " (" + x.Also + ")"
		}
		fmt.Fprintf(w, "| [%s](%s) | %s |", x.Name, x.Source, value)
		for _, m := range all {
			n := demand[x.ID](m)
			share := fmt.Sprintf("%s: %.2g×", amount(n), n/x.Limit)
			if n > x.Limit {
				share = "**" + share + "**"
			}
			fmt.Fprintf(w, " %s |", share)
		}
		fmt.Fprintf(w, " %s | %s | %s | %s |\n", number(first(x)), x.Then, x.Where, x.Raise)
	}
	fmt.Fprintf(w, "\nFirst: %s, from %s mails a minute. Past a quota for good the waiting grows without end: what is over it comes later only if the rate falls below it again.\n", list[0].Name, number(first(list[0])))
}
