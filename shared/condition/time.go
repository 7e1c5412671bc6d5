package condition

import (
	"fmt"
	"regexp"
	"time"
)

// instant is before and after.
type instant struct {
	op string
	at time.Time
}

func (t instant) meets(v any, _ int64) bool {
	s, _ := v.(string)
	at, ok := ParseTime(s)
	if !ok {
		return false
	}
	if t.op == "before" {
		return at.UnixMilli() < t.at.UnixMilli()
	}
	return at.UnixMilli() > t.at.UnixMilli()
}

func (t instant) print() string {
	sign := ">"
	if t.op == "before" {
		sign = "<"
	}
	return timed(`$toMillis($) ` + sign + ` $toMillis("` + t.at.UTC().Format("2006-01-02T15:04:05.000Z") + `")`)
}

// age is older_than and within_last.
type age struct {
	op string
	d  time.Duration
}

func (t age) meets(v any, now int64) bool {
	s, _ := v.(string)
	at, ok := ParseTime(s)
	if !ok {
		return false
	}
	passed := now - at.UnixMilli()
	if t.op == "older_than" {
		return passed > t.d.Milliseconds()
	}
	return passed >= 0 && passed <= t.d.Milliseconds()
}

func (t age) print() string {
	passed := `$toMillis(` + Now + `) - $toMillis($)`
	ms := fmt.Sprint(t.d.Milliseconds())
	if t.op == "older_than" {
		return timed(passed + ` > ` + ms)
	}
	return timed(`(` + passed + ` >= 0 and ` + passed + ` <= ` + ms + `)`)
}

// Now is the expression of the time that ages count from in a machine: when the state that
// asks was entered.
const Now = "$states.context.State.EnteredTime"

// TimePattern is RFC 3339 with at most nine decimals and real dates only, as a portable
// JSONata regex: what it lets through, $toMillis reads.
const TimePattern = `/^(?:` +
	`(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29|` +
	`[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))` +
	`)T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])` + endOfText + `/`

func timed(expr string) string {
	return `$type($) = "string" ? ($contains($, ` + TimePattern + `) ? ` + expr + ` : false) : false`
}

var timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// ParseTime reads RFC 3339 with at most nine decimals, just what TimePattern lets through.
func ParseTime(s string) (time.Time, bool) {
	if !timeForm.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}
