package check

import (
	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/schedule"
)

// schedule is an expression that the scheduler takes: rate, cron or at.
func (p *paramChecker) schedule(s, at string) {
	if _, err := schedule.Parse(s, nil); err != nil {
		p.fail(p.node, at, "schedule", "%v", err)
	}
}

// timezone is a name of the IANA database.
func (p *paramChecker) timezone(s, at string) {
	if _, err := hours.Location(s); err != nil {
		p.fail(p.node, at, "timezone", "%v", err)
	}
}
