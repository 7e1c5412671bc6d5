package run

import (
	"sort"
	"time"
)

// WindowDays is over how many days, today included, the success rate is taken.
const WindowDays = 30

// Day counts the runs that started on one day (UTC) by how they ended.
type Day struct {
	Day       string `json:"day"` // 2026-11-22
	Succeeded int    `json:"succeeded"`
	Failed    int    `json:"failed"`
	Stopped   int    `json:"-"`

	CostMicroUSD int64 `json:"-"` // of the runs that started, as estimated
}

// Counters are what the store keeps per workflow.
type Counters struct {
	Running, Waiting, Paused int
	LastRunAt                *time.Time
	Days                     []Day
}

// Stats of one workflow, or of all.
type Stats struct {
	Succeeded   int      `json:"succeeded"`
	Failed      int      `json:"failed"`
	Stopped     int      `json:"stopped"`
	Running     int      `json:"running"`
	Waiting     int      `json:"waiting"`
	Paused      int      `json:"paused"`
	SuccessRate *float64 `json:"successRate"` // succeeded / (succeeded + failed), null when there are none

	CostMicroUSD int64 `json:"costMicroUsd"` // estimated, of the runs that started in the window, however they ended

	Days []Day `json:"days"`
}

// Stats sums the window that ends today.
func (c Counters) Stats(now time.Time) Stats {
	first := now.UTC().AddDate(0, 0, 1-WindowDays).Format(time.DateOnly)
	s := Stats{Running: max(c.Running, 0), Waiting: max(c.Waiting, 0), Paused: max(c.Paused, 0), Days: []Day{}}
	for _, d := range c.Days {
		if d.Day < first {
			continue
		}
		s.Succeeded += d.Succeeded
		s.Failed += d.Failed
		s.Stopped += d.Stopped
		s.CostMicroUSD += d.CostMicroUSD
		if d.Succeeded|d.Failed|d.Stopped != 0 { // a run that has not ended is no bar of the chart
			s.Days = append(s.Days, d)
		}
	}
	sort.Slice(s.Days, func(i, j int) bool { return s.Days[i].Day < s.Days[j].Day })
	s.SuccessRate = Rate(s.Succeeded, s.Failed)
	return s
}

// Rate is the true success rate; nil when nothing has ended.
func Rate(succeeded, failed int) *float64 {
	n := succeeded + failed
	if n == 0 {
		return nil
	}
	r := float64(succeeded) / float64(n)
	return &r
}
