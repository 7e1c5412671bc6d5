package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
)

// Indexes of the table.
const (
	indexList = "list"   // listPk, listSk: all of a kind
	indexOf   = "parent" // ofPk, ofSk: all that belong to one parent; a name has 3 characters at least
	indexDue  = "due"    // duePk, dueAt: what the sweep has to look at; keys only
)

// Partitions and prefixes that are queried.
const (
	meta = "META"
	due  = "DUE"

	listWorkflows     = "WFS"
	listEvents        = "EVTS"
	listSilent        = "EVTS#SILENT"
	listRuns          = "RUNS"
	listApprovals     = "APRS"
	listContacts      = "CONTACTS"
	listConversations = "CONVS"
	listTickets       = "TICKETS"
	listFailed        = "FAILED"
	listAudit         = "AUDIT"

	openApprovals  = "APRS#OPEN"
	deskPartition  = "DESK"
	inboxPrefix    = "INBOX#"
	groupPrefix    = "GROUP#"
	versionPrefix  = "V#"
	messagePrefix  = "MSG#"
	linePrefix     = "LINE#"
	runPrefix      = "RUN#"
	eventPrefix    = "EVT#"
	approvalPrefix = "APR#"
	waitPrefix     = "WAIT#"
	workflowPrefix = "WF#"
	failingSort    = "FAILING"
)

// stamp is the time format in keys: its text order is the order in time.
const stamp = "2006-01-02T15:04:05.000Z"

func stampOf(t time.Time) string { return t.UTC().Format(stamp) }

// key is the primary key of an item.
type key struct{ pk, sk string }

// place is where an index has an item; the zero place is none.
type place struct{ pk, sk string }

// maxPart bounds a part of a key that comes from outside: sort keys end at 1,024 bytes
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html).
const maxPart = 320

func part(s string) string {
	if len(s) > maxPart {
		return "sha256-" + digest(s)
	}
	return s
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

func workflowKey(wf string) key             { return key{"WF#" + part(wf), meta} }
func draftKey(wf string) key                { return key{"WF#" + part(wf), "DRAFT"} }
func statsKey(wf string) key                { return key{"WF#" + part(wf), "STATS"} }
func failingKey(wf string) key              { return key{"WF#" + part(wf), failingSort} }
func versionKey(wf string, n int) key       { return key{"WF#" + part(wf), fmt.Sprintf("V#%06d", n)} }
func definitionKey(wf string, n int) key    { return key{"WF#" + part(wf), fmt.Sprintf("DEF#%06d", n)} }
func aslKey(wf string, n int) key           { return key{"WF#" + part(wf), fmt.Sprintf("ASL#%06d", n)} }
func routesPartition(trigger string) string { return "TRG#" + part(trigger) }
func routeKey(trigger, wf string) key       { return key{routesPartition(trigger), "WF#" + wf} }

func eventKey(evt string) key   { return key{eventPrefix + part(evt), meta} }
func matchesKey(evt string) key { return key{eventPrefix + part(evt), "MATCHES"} }
func dedupeKey(evt, wf string) key {
	return key{eventPrefix + part(evt), runPrefix + wf}
}

// restartKey makes one restart of a run one run.
func restartKey(evt, wf, retryOf string) key {
	return key{eventPrefix + part(evt), runPrefix + wf + "#" + retryOf}
}

func runKey(r string) key          { return key{runPrefix + part(r), meta} }
func inputKey(r string) key        { return key{runPrefix + part(r), "INPUT"} }
func effectKey(r, node string) key { return key{runPrefix + part(r), "FX#" + part(node)} }
func waitKey(r, node string, redrive int) key {
	return key{runPrefix + part(r), fmt.Sprintf("%s%s#%d", waitPrefix, part(node), redrive)}
}
func waitOnKey(entity, r, node string, redrive int) key {
	return key{waitsPartition(entity), fmt.Sprintf("%s#%s#%d", part(r), part(node), redrive)}
}
func waitsPartition(entity string) string { return "WAITS#" + part(entity) }
func stepApprovalKey(r, node string, redrive int) key {
	return key{runPrefix + part(r), fmt.Sprintf("%s%s#%d", approvalPrefix, part(node), redrive)}
}

// openKey marks an approval that is pending, in the order of time.
func openKey(a string) key      { return key{openApprovals, part(a)} }
func approvalKey(a string) key  { return key{approvalPrefix + part(a), meta} }
func tokenKey(a string) key     { return key{approvalPrefix + part(a), "TOKEN"} }
func linkKey(hash string) key   { return key{"LINK#" + part(hash), meta} }
func inboxKey(slug string) key  { return key{deskPartition, inboxPrefix + part(slug)} }
func groupKey(slug string) key  { return key{deskPartition, groupPrefix + part(slug)} }
func settingsKey() key          { return key{deskPartition, "SETTINGS"} }
func secretKey(name string) key { return key{deskPartition, "SECRET#" + part(name)} }

func contactKey(c string) key      { return key{"CON#" + part(c), meta} }
func emailKey(address string) key  { return key{"EMAIL#" + part(address), "CONTACT"} }
func conversationKey(c string) key { return key{conversationPartition(c), meta} }
func conversationPartition(c string) string {
	return "CONV#" + part(c)
}
func messageKey(c, m string) key { return key{conversationPartition(c), messagePrefix + part(m)} }

// lineKey keeps the entries of a timeline in order, whatever the digits of the second
// their times are written with; unique tells those of one millisecond apart.
func lineKey(c, at string, n int, unique string) key {
	if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
		at = stampOf(t)
	}
	return key{conversationPartition(c), fmt.Sprintf("%s%s#%03d#%s", linePrefix, part(at), n, unique)}
}
func runOfConversationKey(c, r string) key {
	return key{conversationPartition(c), runPrefix + part(r)}
}
func ticketKey(t string) key { return key{"TKT#" + part(t), meta} }

func capKey(kind, of string) key { return key{"CAP#" + kind + "#" + digest(of), meta} }
func bounceKey(address string) key {
	return key{"BOUNCE#" + part(address), meta}
}
func hookKey(wf string) key { return key{"WF#" + part(wf), "HOOK"} }

func mailPartition(messageID string) string { return "MID#" + digest(messageID) }
func mailKey(messageID, sender string) key  { return key{mailPartition(messageID), part(sender)} }
func deliveryKey(ses string) key            { return key{"SES#" + part(ses), meta} }
func failedKey(ses string) key              { return key{"FAILED#" + part(ses), meta} }
func auditKey(id string) key                { return key{"AUD#" + part(id), meta} }
func erasureKey(contact string) key         { return key{"ERASE#" + part(contact), meta} }
func retentionKey() key                     { return key{"RETENTION", meta} }
func idempotencyKey(caller, route, k string) key {
	return key{"IDEM#" + digest(caller, route, k), meta}
}

// entityKey is where the conversation, ticket or contact with the id is; ok is false
// when the id is of none of them.
func entityKey(entity string) (k key, ok bool) {
	switch {
	case strings.HasPrefix(entity, id.Conversation):
		return conversationKey(entity), true
	case strings.HasPrefix(entity, id.Ticket):
		return ticketKey(entity), true
	case strings.HasPrefix(entity, id.Contact):
		return contactKey(entity), true
	}
	return key{}, false
}

// eventSort orders events by time: our ids do, those of other systems are put after the
// smallest id of their time.
func eventSort(e event.Event) string {
	if id.Valid(e.ID, id.Event) {
		return e.ID
	}
	return id.Floor(id.Event, e.Time) + "#" + part(e.ID)
}

// eventList is the list of an event's type.
func eventList(typ string) string {
	if event.Silent(typ) {
		return listSilent
	}
	return listEvents
}

// eventParent is the entity that an event is filed under: the conversation, else the
// ticket, else the contact.
func eventParent(s event.Subject) string {
	if all := s.Entities(); len(all) > 0 {
		return eventsOf(all[0])
	}
	return ""
}

func eventsOf(entity string) string           { return "E#" + entity }
func approvalsOf(conv string) string          { return "CONVAPRS#" + conv }
func runsOf(wf string) string                 { return "WFRUNS#" + wf }
func conversationsOf(contact string) string   { return "CONTACTCONVS#" + contact }
func ticketsOf(conv string) string            { return "CONVTICKETS#" + conv }
func auditOf(w audit.What) string             { return "AUD#" + w.Kind + "#" + part(w.ID) }
func messageByID(m string) place              { return place{messagePrefix + m, meta} }
func timed(t time.Time, id string) string     { return stampOf(t) + "#" + id }
func runFloor(t time.Time) string             { return id.Floor(id.Run, t) }
func eventFloor(t time.Time) string           { return id.Floor(id.Event, t) }
func matchBlob(evt string) string             { return "match/" + digest(evt) + ".json.gz" }
func dayColumn(day string, end string) string { return "day_" + day + "_" + end }

// dayOf reads a column that dayColumn named.
func dayOf(column string) (day, end string, ok bool) {
	rest, ok := strings.CutPrefix(column, "day_")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "_")
}

// endColumn is how a final status is counted per day.
var endColumn = map[run.Status]string{run.Succeeded: "succeeded", run.Failed: "failed", run.Stopped: "stopped"}

// costColumn is what the runs of a day are estimated to cost, counted when they start.
const costColumn = "cost"

// dueKind tells what an item of the due index is.
func dueKind(k key) (kind, id string, ok bool) {
	if k == retentionKey() {
		return dueRetention, dueRetention, true
	}
	for prefix, kind := range map[string]string{eventPrefix: dueEvent, runPrefix: dueRun, approvalPrefix: dueApproval} {
		if rest, found := strings.CutPrefix(k.pk, prefix); found && k.sk == meta {
			return kind, rest, true
		}
	}
	if rest, found := strings.CutPrefix(k.pk, workflowPrefix); found && k.sk == failingSort {
		return dueFailing, rest, true
	}
	return "", "", false
}

func dueKey(kind, id string) (key, bool) {
	switch kind {
	case dueEvent:
		return eventKey(id), true
	case dueRun:
		return runKey(id), true
	case dueApproval:
		return approvalKey(id), true
	case dueFailing:
		return failingKey(id), true
	case dueRetention:
		return retentionKey(), true
	}
	return key{}, false
}
