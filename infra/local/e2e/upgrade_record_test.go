package e2e_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A boatyard as a release left it: what TestUpgrade starts from. Before the form of
// stored things changes, the release that is about to become the older one records it:
//
//	RECORD=infra/local/e2e/testdata/upgrade/v2.jsonl go test ./infra/local/e2e -run TestRecordUpgrade
//
// The first line tells when it was and where the open approval's link leads; each other
// line is an item as DynamoDB has it.
func TestRecordUpgrade(t *testing.T) {
	to := os.Getenv("RECORD")
	if to == "" {
		t.Skip("RECORD=<file> records a desk of this release")
	}
	s, _ := newStack(t, nil)
	d := deskOn(t, s)
	c := d.admin()
	c.put("/v1/settings", map[string]any{"timezone": "Europe/Oslo"}).ok(t)
	c.put("/v1/inboxes/yard", map[string]any{"name": "Halden Boatyard", "address": "yard@halden-boats.example"}).ok(t)
	c.put("/v1/groups/riggers", map[string]any{"name": "Riggers", "members": []string{"tor@halden-boats.example", "liv@halden-boats.example"}, "manager": "unni@halden-boats.example"}).ok(t)

	// Two versions, the older one active; both have runs.
	quote := d.publish("Quotes for masts", `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":["mast","boom"]}]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["mast"]}},
		 {"id":"ask","type":"approval","params":{"approvers":[{"group":"riggers"}],"subject":"Quote for {{contact.name}}","message":"They wrote: {{message.text}}","draft":"Dear {{contact.name}}, a new mast costs 900.","timeout":"30d","reminders":["10d"]}},
		 {"id":"send","type":"message.reply","params":{"body":"{{steps.ask.text}}"}},
		 {"id":"told","type":"set","params":{"values":{"by":"{{steps.ask.by}}"}}}],
		"edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"ask"},{"from":"ask","output":"approved","to":"send"},{"from":"ask","output":"rejected","to":"told"},{"from":"ask","output":"timed_out","to":"told"},{"from":"send","to":"told"}]}`)
	winter := d.publish("Winter storage", `{"trigger":{"type":"ticket.created"},
		"nodes":[{"id":"rest","type":"wait","params":{"for":"20d","cancelOn":[{"type":"ticket.status_changed","when":{"field":"ticket.status","op":"is","value":"closed"}}]}},
		 {"id":"high","type":"ticket.update","params":{"priority":"high"}}],
		"edges":[{"from":"trigger","to":"rest"},{"from":"rest","output":"elapsed","to":"high"},{"from":"rest","output":"cancelled","to":"high"}]}`)
	byHand := d.publish("Crane", `{"trigger":{"type":"manual"},"nodes":[{"id":"note","type":"conversation.note","params":{"body":"The crane comes {{detail.day}}."}}],"edges":[{"from":"trigger","to":"note"}]}`)
	hook := d.publish("Tide tables", `{"trigger":{"type":"webhook"},"nodes":[{"id":"keep","type":"set","params":{"values":{"tide":"{{detail.tide}}"}}}],"edges":[{"from":"trigger","to":"keep"}]}`)
	c.post("/v1/workflows/"+hook+"/hook", nil).is(t, 201)
	c.post("/v1/workflows", map[string]any{"name": "Half done", "definition": json.RawMessage(`{"trigger":{"type":"manual"},"nodes":[],"edges":[]}`)}).is(t, 201)

	mail := func(from, subject, text string) {
		t.Helper()
		_, address, _ := strings.Cut(strings.TrimSuffix(from, ">"), "<")
		d.smtpIn(address, []string{"yard@halden-boats.example"}, fmt.Appendf(nil, "From: %s\nTo: yard@halden-boats.example\nSubject: %s\nMessage-ID: <%d@sea.example>\n\n%s\n", from, subject, letters.Add(1), text))
	}
	mail("Signe Moen <signe@sea.example>", "A mast", "Hello, our mast is broken. What does a new mast cost?\n\n"+strings.Repeat("It is made of spruce. ", 40))
	decided := d.oneRun(quote, "waiting")
	d.decide(d.openPage(d.oneSent("tor@halden-boats.example")), "approve", "Dear Signe, a mast costs 950.", "checked the list")
	d.runAt(decided.ID, "succeeded")
	mail("Odd Lie <odd@sea.example>", "Boom", "The boom is bent. Can you mend it?")
	var open runRead
	d.until("a second run", func() bool { open = d.runs(quote)[0]; return open.Status == "waiting" })
	var link string
	for _, m := range d.sent("liv@halden-boats.example") {
		if strings.Contains(m.Text, "boom") {
			link = approvalLink(t, m)
		}
	}
	mail("Signe Moen <signe@sea.example>", "Thanks", "No question at all.")
	d.smtpIn("odd@sea.example", []string{"nobody@halden-boats.example"}, []byte("From: odd@sea.example\nTo: nobody@halden-boats.example\nSubject: lost\n\nWhere do I go?\n"))
	c.post("/v1/tickets", map[string]any{"subject": "Store the dinghy", "group": "riggers", "contactEmail": "odd@sea.example"}).is(t, 201)
	d.oneRun(winter, "paused")
	c.with("Idempotency-Key", "crane-1").post("/v1/workflows/"+byHand+"/runs", map[string]any{"detail": map[string]any{"day": "on Friday"}}).is(t, 202)
	d.settle()
	c.post("/v1/events", map[string]any{"type": "tide.turned", "detail": map[string]any{"height": 1.2}}).is(t, 202)
	var def struct {
		Draft struct {
			Definition json.RawMessage
			Revision   int
		}
	}
	c.get("/v1/workflows/"+quote).is(t, 200).into(t, &def)
	newer := strings.Replace(string(def.Draft.Definition), "costs 900", "costs 980", 1)
	c.with("If-Match", fmt.Sprint(def.Draft.Revision)).put("/v1/workflows/"+quote+"/draft", map[string]any{"definition": json.RawMessage(newer)}).ok(t)
	c.with("If-Match", fmt.Sprint(def.Draft.Revision+1)).post("/v1/workflows/"+quote+"/publish", map[string]any{"note": "dearer", "activate": false}).is(t, 201)
	d.settle()

	f, err := os.Create(root + "/" + to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	head, _ := json.Marshal(recorded{At: d.now().Truncate(time.Second), Link: link[strings.Index(link, "/a/"):], Waiting: open.ID})
	fmt.Fprintf(w, "%s\n", head)
	lines := d.dump()
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d items in %s", len(lines), to)
}

// recorded is the first line of a recorded desk.
type recorded struct {
	At      time.Time `json:"at"`
	Link    string    `json:"link"`    // of the approval that waits
	Waiting string    `json:"waiting"` // the run that it holds up
}

// table is a client of the stack's DynamoDB, with the name of its one table.
func (d *desk) table() (*dynamodb.Client, *string) {
	d.t.Helper()
	db := dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: aws.String(d.aws), Credentials: credentials.NewStaticCredentialsProvider("me", "x", "")})
	out, err := db.ListTables(d.t.Context(), &dynamodb.ListTablesInput{})
	if err != nil || len(out.TableNames) != 1 {
		d.t.Fatal(err, out)
	}
	return db, aws.String(out.TableNames[0])
}

// dump is every item of the table in DynamoDB's JSON, in the order of their keys.
func (d *desk) dump() (lines []string) {
	d.t.Helper()
	db, name := d.table()
	var start map[string]types.AttributeValue
	for {
		out, err := db.Scan(d.t.Context(), &dynamodb.ScanInput{TableName: name, ExclusiveStartKey: start})
		if err != nil {
			d.t.Fatal(err)
		}
		for _, it := range out.Items {
			m := map[string]any{}
			for k, v := range it {
				m[k] = wire(v)
			}
			line, err := json.Marshal(m)
			if err != nil {
				d.t.Fatal(err)
			}
			lines = append(lines, string(line))
		}
		if start = out.LastEvaluatedKey; start == nil {
			break
		}
	}
	slices.Sort(lines)
	return lines
}

// wire is an attribute as DynamoDB's JSON has it.
func wire(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, e := range v.Value {
			list = append(list, wire(e))
		}
		return map[string]any{"L": list}
	}
	panic(fmt.Sprintf("an item has an attribute of type %T", v))
}
