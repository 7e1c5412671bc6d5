package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

type versionRead struct {
	Version                int
	Active, Pruned         bool
	StateMachineVersionArn string
	Definition             struct{ Nodes []any }
	ASL                    struct{ StartAt string }
}

// Versions a hundred behind go from Step Functions when nothing needs them, are shown
// all the same, and come back when they are activated.
func TestPruneVersions(t *testing.T) {
	s, _ := newStack(t, nil)
	d := deskOn(t, s)
	c := d.admin()
	d.inbox("loom")
	w := d.publish("weave", fmt.Sprintf(`{"trigger":{"type":"manual"},
		"nodes":[{"id":"which","type":"branch","params":{"cases":[{"id":"ask","when":{"field":"detail.do","op":"is","value":"ask"}},{"id":"fail","when":{"field":"detail.do","op":"is","value":"fail"}}]}},
		 {"id":"ok","type":"approval","params":{"approvers":[{"email":%q}],"subject":"Weave?","timeout":"60d"}},
		 {"id":"bad","type":"end","params":{"result":"failed"}},{"id":"good","type":"set","params":{"values":{"a":"b"}}}],
		"edges":[{"from":"trigger","to":"which"},{"from":"which","output":"ask","to":"ok"},{"from":"which","output":"fail","to":"bad"},{"from":"which","output":"otherwise","to":"good"},
		 {"from":"ok","output":"approved","to":"good"},{"from":"ok","output":"rejected","to":"good"},{"from":"ok","output":"timed_out","to":"good"}]}`, d.staff("wilma")))
	start := func(do, status string, version int) runRead {
		t.Helper()
		var r struct{ ID string }
		c.post("/v1/workflows/"+w+"/runs", map[string]any{"detail": map[string]any{"do": do}}).is(t, 202).into(t, &r)
		got := d.runAt(r.ID, status)
		if got.Version != version {
			t.Errorf("run of version %d, want %d", got.Version, version)
		}
		return got
	}
	publish := func(activate bool) {
		t.Helper()
		c.with("If-Match", "1").post("/v1/workflows/"+w+"/publish", map[string]any{"activate": activate}).is(t, 201)
	}
	waits := start("ask", "waiting", 1)
	publish(true)
	start("fail", "failed", 2)
	d.pass(2 * time.Hour) // no run of any version in the last hour
	publish(true)
	for range 101 {
		publish(false)
	}
	version := func(n int) (v versionRead) {
		t.Helper()
		c.get(fmt.Sprintf("/v1/workflows/%s/versions/%d", w, n)).is(t, 200).into(t, &v)
		if len(v.Definition.Nodes) != 4 || v.ASL.StartAt != "which" {
			t.Errorf("version %d is shown as %+v", n, v)
		}
		return v
	}
	states := sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String(d.aws), Credentials: credentials.NewStaticCredentialsProvider("me", "x", "")})
	kept := func() (arns []string) {
		t.Helper()
		machine := version(104).StateMachineVersionArn
		machine = machine[:len(machine)-len(":104")]
		for p := (&sfn.ListStateMachineVersionsInput{StateMachineArn: aws.String(machine)}); ; {
			out, err := states.ListStateMachineVersions(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range out.StateMachineVersions {
				arns = append(arns, *v.StateMachineVersionArn)
			}
			if p.NextToken = out.NextToken; p.NextToken == nil {
				return arns
			}
		}
	}
	check := func(active int, pruned ...int) {
		t.Helper()
		there := kept()
		for n := 1; n <= 6; n++ {
			v := version(n)
			if gone := slices.Contains(pruned, n); v.Pruned != gone || gone != (v.StateMachineVersionArn == "") || !gone && !slices.Contains(there, v.StateMachineVersionArn) || v.Active != (n == active) {
				t.Errorf("version %d: %+v", n, v)
			}
		}
	}
	// 1 waits for a person, 2 can be redriven, 3 is active; 4 is a hundred behind.
	check(3, 4)
	if n := len(kept()); n != 103 {
		t.Errorf("Step Functions has %d versions", n)
	}
	c.post("/v1/workflows/"+w+"/versions/4/activate", nil).ok(t)
	start("", "succeeded", 4)
	check(4)
	d.as(d.staff("wilma"), "approver").post("/v1/approvals/"+waits.WaitingFor.ApprovalID+"/decision", map[string]any{"decision": "approve"}).ok(t)
	d.runAt(waits.ID, "succeeded")
	d.pass(15 * 24 * time.Hour)
	publish(false)
	check(4, 1, 2, 3, 5)
	c.get("/v1/workflows/"+w+"/versions/1/diff?with=5").is(t, 200)
}
