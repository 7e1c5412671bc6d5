package desk

import "github.com/deskhand/deskhand/shared/hours"

// Open are the desk's opening hours, for conditions that name none of their own.
func (s Settings) Open() *hours.Hours {
	h := &hours.Hours{Timezone: s.Timezone, Spans: []hours.Span{}}
	for _, x := range s.Hours {
		h.Spans = append(h.Spans, hours.Span{Days: x.Days, From: x.From, To: x.To})
	}
	return h
}
