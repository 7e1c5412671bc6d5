package main

import (
	"maps"
	"slices"

	"github.com/deskhand/deskhand/shared/cost"
)

// minutes of a month of 30 days.
const minutes = 30 * 24 * 60

// Items that are billed by the month.
const (
	tableGB   cost.Item = "tableGBMonth"
	backupGB  cost.Item = "backupGBMonth"
	objectGB  cost.Item = "objectGBMonth"
	logGB     cost.Item = "logGB"
	logGBKept cost.Item = "logGBMonth"
	metric    cost.Item = "metricMonth"
	alarm     cost.Item = "alarmMonth"
	dashboard cost.Item = "dashboardMonth"
	trace     cost.Item = "trace"
	mailChunk cost.Item = "mailInChunk"
)

// month of a desk at a rate.
type month struct {
	rate  float64 // mails a minute
	mails float64
	desk  desk
	mail  cost.Use // of one mail with its runs
	use   cost.Use // of the month
}

// perMail is what one mail takes with the runs it starts.
func (d desk) perMail() cost.Use {
	c := cost.Count()
	u := c.Mail.Plus(nil)
	model := c.Nodes["ai.reply"]
	for _, id := range slices.Sorted(maps.Keys(d.RunsPerMail)) {
		runs := d.RunsPerMail[id]
		u = u.Plus(c.Flows[id].Times(runs))
		// The local stand-in answers without a model: its tokens, and the time that reach waits for it.
		calls := runs * d.ModelCallsPerRun[id]
		u = u.Plus(cost.Use{cost.TokenIn: model[cost.TokenIn], cost.TokenOut: model[cost.TokenOut], cost.LambdaGBSecond: model[cost.LambdaGBSecond]}.Times(calls))
	}
	u[cost.HTTPRequest] += d.PagesPerMail
	u[cost.LambdaRequest] += d.PagesPerMail
	u[cost.LambdaGBSecond] += d.PagesPerMail * pageGBSeconds
	u[cost.ReadUnit] += d.PagesPerMail * pageReads
	if chunks := float64(int(d.RawKB / 256)); chunks > 0 {
		u[mailChunk] += chunks
	}
	return u
}

// A REST request of a person: a list of 25, in 60 ms of 512 MB.
const (
	pageGBSeconds = 0.03
	pageReads     = 12
)

// idlePolls of the queue in a month: five pollers that wait 20 seconds each.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const idlePolls = 5 * 3 * minutes

// month is a month at a rate of mails a minute.
func (d desk) month(rate float64) (month, error) {
	m := month{rate: rate, mails: rate * minutes, desk: d, mail: d.perMail()}
	m.use = m.mail.Times(m.mails).Plus(cost.Count().Idle.Times(minutes))
	m.use[cost.QueueRequest] += idlePolls
	kept := m.mails * d.KeptMonths / 1e6 // of a KB each, in GB
	m.use[tableGB] = d.TableKB * kept
	m.use[backupGB] = d.TableKB * kept
	m.use[objectGB] = d.RawKB * kept
	calls := m.use[cost.LambdaRequest]
	m.use[logGB] = calls * d.LogKBPerCall / 1e6
	m.use[logGBKept] = m.use[logGB]
	m.use[metric], m.use[alarm], m.use[dashboard] = d.CustomMetrics, float64(d.alarms), float64(d.dashboards)
	m.use[trace] = traces(calls)
	return m, nil
}

// traces that X-Ray keeps of calls by its default rule: the first of each second, and 5 %
// of the others. https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
func traces(calls float64) float64 {
	first := min(calls, minutes*60)
	return first + .05*(calls-first)
}

// starts in a second.
func (m month) starts() float64 {
	n := 0.0
	for _, runs := range m.desk.RunsPerMail {
		n += runs
	}
	return n * m.second()
}

// second is how many mails come in one.
func (m month) second() float64 { return m.rate / 60 }

// of is how much of an item one second takes.
func (m month) of(k cost.Item) float64 { return m.mail[k] * m.second() }
