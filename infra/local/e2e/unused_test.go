package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"

	"github.com/deskhand/deskhand/infra/local/iam"
)

// unused are rights that template.yaml grants and that no test of this suite needs on the
// stack that they share; the key is the role, the Sid and the action. A right that is
// neither used nor here is one too many: it makes the whole suite fail.
var unused = map[string]string{
	"ActFunction Send ses:SendEmail":     rawMail,
	"ApiFunction Send ses:SendEmail":     rawMail,
	"SweepFunction Remind ses:SendEmail": rawMail,

	"ApiFunction Machines states:PublishStateMachineVersion":                 "AWS asks for it with publish: true of CreateStateMachine and UpdateStateMachine; the local Step Functions does not",
	"ReceiveFunction TellMissingFromForbidden s3:ListBucket":                 "without it S3 answers 403 instead of 404 for an object that is gone; the local S3 always answers 404",
	"ApproveFunction Attachments s3:GetObject":                               "S3 asks when the link on the page is followed; functions/approve tests the link",
	"ActFunction StartAnotherAndCancelWaitThatIsLate states:SendTaskSuccess": "only when an event overtakes the wait that it cancels; shared/action tests that",

	"ApiFunction Executions states:DescribeExecution": "a run that is open although its execution has ended, as after a lost notice; shared/rest and infra/local/disturbed test that",
	"ApiFunction Executions states:RedriveExecution":  "retry from the failed step; shared/rest and the browser's tests do it",
	"ApiFunction Objects s3:DeleteObject":             "erasing a person's mail; shared/rest tests that",
	"ApiFunction LargeMatchRecords s3:PutObject":      "match records over 300 KB compressed; shared/store tests that",

	"DispatchFunction GoOn sqs:SendMessage":           "a schedule for each of more entities than one call visits; functions/dispatch tests that",
	"DispatchFunction LargeMatchRecords s3:GetObject": "match records over 300 KB compressed; shared/store tests that",
	"DispatchFunction LargeMatchRecords s3:PutObject": "match records over 300 KB compressed; shared/store tests that",
	"FeedbackFunction Conversations dynamodb:Query":   "a report about mail that carries no address of a conversation; shared/feedback tests that",
	"RecordFunction Runs dynamodb:DeleteItem":         "the waits of a run that was stopped, the triggers of a workflow that is switched off; shared/record tests both",

	"SweepFunction Describe states:GetExecutionHistory": "finds what an old run's execution has read and written; shared/erase tests that",
	"SweepFunction PublishAgain events:PutEvents":       "events that were lost on the way; functions/sweep and infra/local/disturbed test that",
	"SweepFunction StartAgain states:SendTaskSuccess":   "answers that were decided and not delivered; functions/sweep tests that",
	"SweepFunction StartAgain states:StartExecution":    "runs that were recorded and not started; functions/sweep and infra/local/disturbed test that",
	"SweepFunction SwitchOff scheduler:DeleteSchedule":  "the schedule of a workflow that is switched off after failing; functions/sweep tests that",
}

const rawMail = "AWS names both actions for SendEmail with raw content; the local SES asks for SendRawEmail"

// lastResort is SAM's policy for what takes the failures of a function: needed only when
// every try has failed, which infra/local/lambda tests.
const lastResort = "OnFailureSQSPolicy"

// wholeSuite tells whether every test ran: only then is a right that nobody used unused.
func wholeSuite() bool {
	for _, name := range []string{"test.run", "test.skip", "test.short"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != f.DefValue {
			return false
		}
	}
	return true
}

// ledger is what the stacks of the suite's tests granted and used, by right.
type ledger struct {
	sync.Mutex
	used map[string]bool
}

var rights = ledger{used: map[string]bool{}}

// of notes what has been used on a stack, and gives what it grants: right → resources.
func (l *ledger) of(a *iam.Authority) map[string]string {
	l.Lock()
	defer l.Unlock()
	granted := map[string]string{}
	for _, g := range a.Usage() {
		if g.Managed || g.Deny || !strings.Contains(g.Holder, ":role/") {
			continue
		}
		role := strings.TrimPrefix(g.Holder[strings.LastIndex(g.Holder, "/")+1:], "deskhand-")
		role, _, _ = strings.Cut(role, "-")
		name := g.Sid
		if name == "" {
			name = g.Policy
		}
		key := strings.TrimSuffix(role, "Role") + " " + name + " " + g.Action
		granted[key] = strings.Join(g.Resources, ", ")
		l.used[key] = l.used[key] || g.Uses > 0
	}
	return granted
}

// reportUnused prints what is granted and was not needed, and is false when there is no
// reason for some of it, or a reason for what is not granted. What has a reason may be
// needed all the same: some of it is a matter of which of two is faster.
func reportUnused(granted map[string]string) bool {
	used := rights.used
	var missing, surplus, excused []string
	for key := range granted {
		reason := unused[key]
		if strings.Contains(key, lastResort) && !used[key] {
			reason = "every try of a call has to fail first"
		}
		switch {
		case !used[key] && reason == "":
			missing = append(missing, key+" on "+granted[key])
		case !used[key]:
			excused = append(excused, key+": "+reason)
		}
	}
	for key := range unused {
		if _, ok := granted[key]; !ok {
			surplus = append(surplus, key)
		}
	}
	for _, list := range [][]string{missing, surplus, excused} {
		sort.Strings(list)
	}
	fmt.Fprintf(os.Stderr, "%d rights are granted, %d were used, %d were not and have a reason\n", len(granted), len(granted)-len(missing)-len(excused), len(excused))
	for _, m := range excused {
		fmt.Fprintln(os.Stderr, "  not used:", m)
	}
	for _, m := range missing {
		fmt.Fprintln(os.Stderr, "NOT USED, remove it from template.yaml or give a reason:", m)
	}
	for _, m := range surplus {
		fmt.Fprintln(os.Stderr, "NOT GRANTED, take the reason away:", m)
	}
	return len(missing)+len(surplus) == 0
}
