package e2e_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/deskhand/deskhand/infra/local/stack"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

// upgraded is a stack of today on the table that an older release left, at the time at
// which it left it. The executions that were open go on, on the machines of then.
type upgraded struct {
	*desk
	recorded
	store            *store.Store
	states           *sfn.Client
	act, reach, role string // ARNs
}

func upgradeFrom(t *testing.T, file string) *upgraded {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata/upgrade", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	u := &upgraded{}
	var items, events []map[string]types.AttributeValue
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for first := true; lines.Scan(); first = false {
		if first {
			if err := json.Unmarshal(lines.Bytes(), &u.recorded); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var raw map[string]map[string]json.RawMessage
		if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
			t.Fatal(err)
		}
		it := map[string]types.AttributeValue{}
		for name, v := range raw {
			it[name] = unwire(t, v)
		}
		if it["origin"] != nil {
			events = append(events, it)
		} else {
			items = append(items, it)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := dataDir(data); err != nil {
		t.Fatal(err)
	}
	back := time.Until(u.At.Add(time.Minute)).Truncate(time.Second)
	if err := os.WriteFile(filepath.Join(data, "clock"), []byte(back.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(context.Background(), stack.Config{Template: template, DataDir: data, AuthRequired: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		rights.of(s.IAM)
		s.Close()
	})
	u.desk = deskOn(t, s)
	for _, f := range s.Template.Functions() {
		if f.LogicalID == "ApiFunction" {
			u.act, u.reach, u.role = f.Environment["ACT_ARN"], f.Environment["REACH_ARN"], f.Environment["WORKFLOW_ROLE_ARN"]
		}
	}
	db, name := u.table()
	// Events come last: the stream carries them to dispatch once more, which has to find
	// what they led to.
	for _, it := range append(items, events...) {
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: name, Item: it}); err != nil {
			t.Fatal(err)
		}
	}
	u.store = store.New(db, *name, u.now)
	u.states = sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String(u.aws), Credentials: credentials.NewStaticCredentialsProvider("me", "x", "")})
	u.goOn()
	return u
}

func unwire(t *testing.T, v map[string]json.RawMessage) types.AttributeValue {
	t.Helper()
	for typ, raw := range v {
		var s string
		var list []string
		var yes bool
		var parts []map[string]json.RawMessage
		var into any = &s
		switch typ {
		case "BOOL":
			into = &yes
		case "SS":
			into = &list
		case "L":
			into = &parts
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
		switch typ {
		case "S":
			return &types.AttributeValueMemberS{Value: s}
		case "N":
			return &types.AttributeValueMemberN{Value: s}
		case "BOOL":
			return &types.AttributeValueMemberBOOL{Value: yes}
		case "SS":
			return &types.AttributeValueMemberSS{Value: list}
		case "L":
			l := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
			for _, p := range parts {
				l.Value = append(l.Value, unwire(t, p))
			}
			return l
		case "B":
			data, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			return &types.AttributeValueMemberB{Value: data}
		}
	}
	t.Fatalf("an attribute %s", v)
	return nil
}

// goOn makes the machines of then, and starts what was open under the same names.
func (u *upgraded) goOn() {
	t, ctx := u.t, u.t.Context()
	t.Helper()
	heads, err := u.store.Workflows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		for n := 1; n <= h.LatestVersion; n++ {
			source, _, err := u.store.VersionASL(ctx, h.ID, n)
			if err != nil {
				t.Fatal(err)
			}
			if n > 1 {
				_, err = u.states.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &h.StateMachineArn, Definition: aws.String(string(source)), Publish: true})
			} else {
				_, err = u.states.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String(h.StateMachineArn[strings.LastIndex(h.StateMachineArn, ":")+1:]),
					RoleArn: &u.role, Definition: aws.String(string(source)), Publish: true})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	runs, _, err := u.store.Runs(ctx, run.Filter{}, store.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.Status.Ended() {
			continue
		}
		in, err := u.store.RunInput(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.states.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &r.VersionArn, Name: &r.ID, Input: aws.String(string(in))}); err != nil {
			t.Fatal(err)
		}
	}
	u.settle()
}

// A table that an older release filled is the desk of today: everything is listed, what
// was open goes on and ends, and what was published is published again and runs.
func TestUpgrade(t *testing.T) {
	u := upgradeFrom(t, "v1.jsonl")
	c := u.admin()
	named := map[string]string{}
	var list page[struct {
		ID, Name      string
		ActiveVersion int
		Enabled       bool
	}]
	c.get("/v1/workflows").is(t, 200).into(t, &list)
	for _, w := range list.Items {
		named[strings.TrimSuffix(w.Name, " recordupgrade1")] = w.ID
	}
	quote := named["Quotes for masts"]
	if len(list.Items) != 5 || quote == "" {
		t.Fatalf("%+v", list.Items)
	}
	before := len(all[runRead](u.desk, "/v1/runs", nil))
	if before != 4 {
		t.Errorf("%d runs", before)
	}
	for _, path := range []string{"/v1/events", "/v1/approvals", "/v1/contacts", "/v1/conversations", "/v1/tickets", "/v1/inboxes", "/v1/groups", "/v1/audit", "/v1/inbound/failed", "/v1/workflows/" + quote + "/versions"} {
		if n := len(all[json.RawMessage](u.desk, path, nil)); n == 0 {
			t.Errorf("%s is empty", path)
		}
	}
	c.get("/v1/workflows/"+quote+"/versions/1/diff?with=2").is(t, 200).has(t, "costs 980")
	c.get("/v1/settings").is(t, 200).has(t, "Europe/Oslo")

	t.Run("the approval that waited", func(t *testing.T) {
		u.t = t
		r := u.runAt(u.Waiting, "waiting")
		mail := u.sent("odd@sea.example")
		p := readPage(t, u.url+u.Link, u.anybody().get(u.Link).is(t, 200).has(t, "The boom is bent", "29 days left"))
		if len(mail) != 0 || p.text != "Dear Odd Lie, a new mast costs 900." {
			t.Errorf("before the decision: %+v, draft %q", mail, p.text)
		}
		u.decide(p, "approve", "Dear Odd, we mend it.", "by the old link").is(t, 200)
		r = u.runAt(r.ID, "succeeded")
		u.readsBack(r, "tag succeeded", "ask succeeded", "send succeeded", "told succeeded")
		if m := u.oneSent("odd@sea.example"); !strings.Contains(m.Text, "we mend it") {
			t.Errorf("%+v", m)
		}
		if n := len(all[approvalRead](u.desk, "/v1/approvals", nil)); n != 2 {
			t.Errorf("%d approvals: asked again", n)
		}
	})
	t.Run("activate, publish and run", func(t *testing.T) {
		u.t = t
		c := u.admin()
		u.smtpIn("kari@sea.example", []string{"yard@halden-boats.example"}, []byte("From: Kari <kari@sea.example>\nTo: yard@halden-boats.example\nSubject: x\nMessage-ID: <k1@sea.example>\n\nAnother mast, please.\n"))
		ask := func(n int, version int, price string) runRead {
			t.Helper()
			var r runRead
			u.until("a run", func() bool { runs := u.runs(quote); r = runs[0]; return len(runs) == n && r.Status == "waiting" })
			a := u.approval(r.WaitingFor.ApprovalID)
			if r.Version != version || !strings.Contains(a.Draft, price) {
				t.Errorf("version %d drafts %q", r.Version, a.Draft)
			}
			u.as("liv@halden-boats.example", "approver").post("/v1/approvals/"+a.ID+"/decision", map[string]any{"decision": "approve"}).ok(t)
			return u.runAt(r.ID, "succeeded")
		}
		ask(3, 1, "costs 900")
		c.post("/v1/workflows/"+quote+"/versions/2/activate", nil).ok(t)
		u.smtpIn("kari@sea.example", []string{"yard@halden-boats.example"}, []byte("From: Kari <kari@sea.example>\nTo: yard@halden-boats.example\nSubject: y\nMessage-ID: <k2@sea.example>\n\nAnd a boom.\n"))
		ask(4, 2, "costs 980")
		var w struct{ Draft struct{ Revision int } }
		c.get("/v1/workflows/"+quote).is(t, 200).into(t, &w)
		u.publishDraft(quote, w.Draft.Revision)
		u.smtpIn("kari@sea.example", []string{"yard@halden-boats.example"}, []byte("From: Kari <kari@sea.example>\nTo: yard@halden-boats.example\nSubject: z\nMessage-ID: <k3@sea.example>\n\nAnd a third mast.\n"))
		u.readsBack(ask(5, 3, "costs 980"), "tag succeeded", "ask succeeded", "send succeeded", "told succeeded")
		// A key that was used before answers as before.
		u.as("admin@staff-recordupgrade1.example", "admin").with("Idempotency-Key", "crane-1").post("/v1/workflows/"+named["Crane"]+"/runs", map[string]any{"detail": map[string]any{"day": "on Friday"}}).is(t, 202)
		if n := len(u.runs(named["Crane"])); n != 1 {
			t.Errorf("%d runs by one key", n)
		}
	})
	t.Run("the wait that was under way", func(t *testing.T) {
		u.t = t
		r := u.oneRun(named["Winter storage"], "paused")
		u.pass(21 * 24 * time.Hour)
		r = u.runAt(r.ID, "succeeded")
		var tickets page[struct{ Priority string }]
		u.admin().get("/v1/tickets").is(t, 200).into(t, &tickets)
		if len(tickets.Items) != 1 || tickets.Items[0].Priority != "high" {
			t.Errorf("%+v after run %+v", tickets.Items, r)
		}
	})
}

// runsOn lets a workflow's new runs be of a machine compiled elsewhere.
func (u *upgraded) runsOn(workflow, trigger, source string) {
	u.t.Helper()
	h, err := u.store.Workflow(u.t.Context(), workflow)
	if err != nil {
		u.t.Fatal(err)
	}
	source = strings.NewReplacer("@@WORKFLOW@@", workflow, "@@ACT@@", u.act, "@@REACH@@", u.reach).Replace(source)
	out, err := u.states.UpdateStateMachine(u.t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: &h.StateMachineArn, Definition: &source, Publish: true})
	if err != nil {
		u.t.Fatal(err)
	}
	db, name := u.table()
	_, err = db.UpdateItem(u.t.Context(), &dynamodb.UpdateItemInput{TableName: name, UpdateExpression: aws.String("SET versionArn = :v"),
		ConditionExpression:       aws.String("attribute_exists(pk)"),
		Key:                       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "TRG#" + trigger}, "sk": &types.AttributeValueMemberS{Value: "WF#" + workflow}},
		ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: *out.StateMachineVersionArn}}})
	if err != nil {
		u.t.Fatal(err)
	}
}

// An execution goes on for up to a year on the machine it was started on: what an early
// compiler made still runs, and what a newer one made says what to do.
func TestOlderMachine(t *testing.T) {
	source, err := os.ReadFile("testdata/upgrade/early.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	u := upgradeFrom(t, "v1.jsonl")
	var quote string
	for _, w := range all[struct{ ID, Name string }](u.desk, "/v1/workflows", nil) {
		if strings.HasPrefix(w.Name, "Quotes") {
			quote = w.ID
		}
	}
	write := func(id string) {
		u.smtpIn("nils@sea.example", []string{"yard@halden-boats.example"}, fmt.Appendf(nil, "From: Nils <nils@sea.example>\nTo: yard@halden-boats.example\nSubject: %[1]s\nMessage-ID: <%[1]s@sea.example>\n\nA mast, please.\n", id))
	}
	u.runsOn(quote, "message.received", string(source))
	write("n1")
	var r runRead
	u.until("a run", func() bool { runs := u.runs(quote); r = runs[0]; return len(runs) == 3 && r.Status == "waiting" })
	u.as("tor@halden-boats.example", "approver").post("/v1/approvals/"+r.WaitingFor.ApprovalID+"/decision", map[string]any{"decision": "approve", "text": "Dear Nils, 905."}).ok(t)
	r = u.runAt(r.ID, "succeeded")
	u.readsBack(r, "tag succeeded", "ask succeeded", "send succeeded", "told succeeded")
	if m := u.oneSent("nils@sea.example"); !strings.Contains(m.Text, "Dear Nils, 905.") {
		t.Errorf("%+v", m)
	}

	u.runsOn(quote, "message.received", strings.ReplaceAll(string(source), `"v":1`, `"v":2`))
	write("n2")
	u.until("a run that fails", func() bool { runs := u.runs(quote); r = runs[0]; return len(runs) == 4 && r.Status == "failed" })
	if r.Error != "newer_request" || !strings.Contains(r.Reason, "newer release") || !strings.Contains(r.Reason, "retry") {
		t.Errorf("%q: %q", r.Error, r.Reason)
	}
}
