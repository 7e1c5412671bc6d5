package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/cost"
)

func head(w io.Writer, d desk) {
	p, c := cost.Prices(), cost.Count()
	fmt.Fprintf(w, "Prices of %s, %s, before free tiers and discounts (shared/cost/prices.json). Counted %s (%s).\n", p.Region, p.Date, c.Date, c.How)
	var mix []string
	for _, id := range slices.Sorted(maps.Keys(d.RunsPerMail)) {
		mix = append(mix, fmt.Sprintf("%g × %s", d.RunsPerMail[id], id))
	}
	fmt.Fprintf(w, "One mail starts %s. Mails of %g KB, kept for %g months; %g requests of people per mail.\n\n", strings.Join(mix, ", "), d.RawKB, d.KeptMonths, d.PagesPerMail)
}

// separate is the service that is told apart: what a model costs is up to the model.
const separate = "Bedrock"

// services in the order of the price list.
func services() (out []string) {
	for _, p := range cost.Prices().Prices {
		if !slices.Contains(out, p.Service) {
			out = append(out, p.Service)
		}
	}
	return out
}

// of a service, in dollars.
func (m month) dollars(service string) float64 {
	part := cost.Use{}
	for _, p := range cost.Prices().Prices {
		if p.Service == service {
			part[p.Item] = m.use[p.Item]
		}
	}
	return part.Dollars()
}

func row(w io.Writer, name string, all []month, f func(month) string) {
	fmt.Fprintf(w, "| %s |", name)
	for _, m := range all {
		fmt.Fprintf(w, " %s |", f(m))
	}
	fmt.Fprintln(w)
}

// money is the table by service.
func money(w io.Writer, all []month) {
	row(w, "$ a month, by mails a minute", all, func(m month) string { return number(m.rate) })
	fmt.Fprintln(w, "|---|"+strings.Repeat("---:|", len(all)))
	for _, s := range services() {
		if s != separate {
			row(w, s, all, func(m month) string { return usd(m.dollars(s)) })
		}
	}
	without := func(m month) float64 { return m.use.Dollars() - m.dollars(separate) }
	row(w, "**all but the model**", all, func(m month) string { return "**" + usd(without(m)) + "**" })
	row(w, separate+", tokens", all, func(m month) string { return usd(m.dollars(separate)) })
	row(w, "mails a month", all, func(m month) string { return number(m.mails) })
	row(w, "$ per 1,000 mails, without and with the model", all, func(m month) string {
		return fmt.Sprintf("%.2f, %.2f", 1000*without(m)/m.mails, 1000*m.use.Dollars()/m.mails)
	})
	fmt.Fprintln(w)
}

// arithmetic is every line as amount × price.
func arithmetic(w io.Writer, all []month) {
	fmt.Fprintln(w, "Arithmetic: (amount of one mail × mails + what goes on anyway) × price. At higher rates functions take several records at a time, so that requests and queue are an upper bound.")
	fmt.Fprintln(w)
	fmt.Fprint(w, "| service | item | one mail | price |")
	for _, m := range all {
		fmt.Fprintf(w, " %s/min |", number(m.rate))
	}
	fmt.Fprintln(w, "\n|---|---|---:|---:|"+strings.Repeat("---:|", len(all)))
	for _, p := range cost.Prices().Prices {
		if !slices.ContainsFunc(all, func(m month) bool { return m.use[p.Item] > 0 }) {
			continue
		}
		fmt.Fprintf(w, "| %s | %s | %s | $%g / %s |", p.Service, p.Unit, amount(all[0].mail[p.Item]), p.USD, number(p.Per))
		for _, m := range all {
			fmt.Fprintf(w, " %s = $%s |", amount(m.use[p.Item]), usd(cost.Use{p.Item: m.use[p.Item]}.Dollars()))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

func usd(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.2f", v)
	}
	return number(v)
}

func amount(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v >= 1e6:
		return fmt.Sprintf("%.4gM", v/1e6)
	case v >= 1000:
		return number(v)
	}
	return fmt.Sprintf("%.3g", v)
}

// number with commas, rounded.
func number(v float64) string {
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
