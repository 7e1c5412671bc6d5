package approval

import "time"

// Filter narrows the list of requests; empty members do not.
type Filter struct {
	Status       Status
	Approver     string
	Conversation string
}

// DeliverGrace is how long after a decision Step Functions should know of it.
const DeliverGrace = time.Minute

// Due is when the sweep has to look at the request: at the next reminder, at the
// escalation or at the expiry while it is pending, a minute from now while Step Functions has not been told,
// else never (zero).
func (r Request) Due(now time.Time) time.Time {
	if r.Status != Pending {
		if r.Delivered {
			return time.Time{}
		}
		return now.Add(DeliverGrace)
	}
	due := r.ExpiresAt
	if r.EscalateAt != nil && r.EscalateAt.Before(due) {
		due = *r.EscalateAt
	}
	for _, t := range r.RemindAt {
		if t.Before(due) {
			due = t
		}
	}
	return due
}
