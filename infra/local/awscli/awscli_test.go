package awscli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/infra/local/states"
)

// terminal runs the AWS CLI against the services.
type terminal struct {
	t      *testing.T
	url    string
	clock  *clock.Clock
	tokens chan string // of the tasks that were asked to call back
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("aws is not in the PATH: make tools, and put .venv/bin in the PATH")
		}
		t.Skip("NOT TESTED WITH THE AWS CLI: aws is not in the PATH (make tools, and put .venv/bin in the PATH)")
	}
	c := clock.Manual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	db := disk.OpenT(t)
	tables, err := dynamodb.New(dynamodb.Config{DB: db, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, clock: c, tokens: make(chan string, 4)}
	machines, err := states.New(states.Config{DB: db, Clock: c,
		InvokeLambda: func(_ context.Context, _, function string, payload []byte) ([]byte, string, string, error) {
			if strings.Contains(function, "ask") {
				var in struct{ Token string }
				if err := json.Unmarshal(payload, &in); err != nil {
					return nil, "", "", err
				}
				term.tokens <- in.Token
				return []byte("null"), "$LATEST", "", nil
			}
			return []byte(`{"errorType":"Broken","errorMessage":"as wanted"}`), "$LATEST", "Unhandled", nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(machines.Close)
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1"}
	e.Handle("dynamodb", tables)
	e.Handle("states", machines)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	term.url = server.URL
	return term
}

func (c *terminal) run(line ...string) (stdout, stderr string, err error) {
	c.t.Helper()
	cmd := exec.Command("aws", append([]string{"--endpoint-url", c.url, "--region", "us-east-1", "--output", "json"}, line...)...)
	for _, v := range os.Environ() { // whatever somebody's own settings are
		if !strings.HasPrefix(v, "AWS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	none := filepath.Join(c.t.TempDir(), "none")
	cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID=AKIAPERSON", "AWS_SECRET_ACCESS_KEY=secret", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
		"AWS_CONFIG_FILE="+none, "AWS_SHARED_CREDENTIALS_FILE="+none)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	return out.String(), said.String(), err
}

// aws runs a command that has to succeed and reads its output.
func (c *terminal) aws(into any, line ...string) {
	c.t.Helper()
	out, said, err := c.run(line...)
	if err != nil {
		c.t.Fatalf("aws %s: %v\n%s", strings.Join(line, " "), err, said)
	}
	if into == nil || strings.TrimSpace(out) == "" {
		return
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		c.t.Fatalf("aws %s: %v in %s", strings.Join(line, " "), err, out)
	}
}

// refused runs a command that has to fail with an AWS error.
func (c *terminal) refused(code string, line ...string) {
	c.t.Helper()
	if _, said, err := c.run(line...); err == nil || !strings.Contains(said, "("+code+")") {
		c.t.Errorf("aws %s: %v, want (%s): %s", strings.Join(line, " "), err, code, said)
	}
}

func TestDynamoDB(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	c.aws(nil, "dynamodb", "create-table", "--table-name", "desk", "--billing-mode", "PAY_PER_REQUEST",
		"--attribute-definitions", "AttributeName=pk,AttributeType=S", "AttributeName=sk,AttributeType=S", "AttributeName=kind,AttributeType=S",
		"--key-schema", "AttributeName=pk,KeyType=HASH", "AttributeName=sk,KeyType=RANGE",
		"--global-secondary-indexes", `[{"IndexName":"kind","KeySchema":[{"AttributeName":"kind","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]`)
	c.aws(nil, "dynamodb", "wait", "table-exists", "--table-name", "desk")
	for _, sk := range []string{"a", "b", "c"} {
		c.aws(nil, "dynamodb", "put-item", "--table-name", "desk", "--item", `{"pk":{"S":"p"},"sk":{"S":"`+sk+`"},"kind":{"S":"x"},"n":{"N":"1"}}`,
			"--condition-expression", "attribute_not_exists(pk)")
	}
	c.refused("ConditionalCheckFailedException", "dynamodb", "put-item", "--table-name", "desk", "--item", `{"pk":{"S":"p"},"sk":{"S":"a"}}`, "--condition-expression", "attribute_not_exists(pk)")
	var updated struct {
		Attributes map[string]map[string]string
	}
	c.aws(&updated, "dynamodb", "update-item", "--table-name", "desk", "--key", `{"pk":{"S":"p"},"sk":{"S":"a"}}`, "--update-expression", "ADD n :d",
		"--expression-attribute-values", `{":d":{"N":"41"}}`, "--return-values", "UPDATED_NEW")
	if got := updated.Attributes["n"]["N"]; got != "42" {
		t.Errorf("n is %q", got)
	}
	c.aws(nil, "dynamodb", "transact-write-items", "--transact-items",
		`[{"Delete":{"TableName":"desk","Key":{"pk":{"S":"p"},"sk":{"S":"b"}}}},{"ConditionCheck":{"TableName":"desk","Key":{"pk":{"S":"p"},"sk":{"S":"c"}},"ConditionExpression":"attribute_exists(pk)"}}]`)
	c.refused("TransactionCanceledException", "dynamodb", "transact-write-items", "--transact-items",
		`[{"ConditionCheck":{"TableName":"desk","Key":{"pk":{"S":"p"},"sk":{"S":"b"}},"ConditionExpression":"attribute_exists(pk)"}}]`)
	// The CLI follows LastEvaluatedKey by itself.
	var listed struct {
		Count int
		Items []map[string]map[string]string
	}
	c.aws(&listed, "dynamodb", "query", "--table-name", "desk", "--index-name", "kind", "--key-condition-expression", "kind = :k",
		"--expression-attribute-values", `{":k":{"S":"x"}}`, "--page-size", "1")
	if listed.Count != 2 || len(listed.Items) != 2 {
		t.Errorf("query: %+v", listed)
	}
	c.aws(&listed, "dynamodb", "scan", "--table-name", "desk")
	if listed.Count != 2 {
		t.Errorf("scan: %+v", listed)
	}
	var tables struct{ TableNames []string }
	c.aws(&tables, "dynamodb", "list-tables")
	if len(tables.TableNames) != 1 || tables.TableNames[0] != "desk" {
		t.Errorf("tables: %q", tables.TableNames)
	}
	c.refused("ResourceNotFoundException", "dynamodb", "describe-table", "--table-name", "nowhere")
}

// definition asks, and after a yes breaks.
const definition = `{"QueryLanguage":"JSONata","StartAt":"ask","States":{
 "ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":3600,
  "Arguments":{"FunctionName":"arn:aws:lambda:us-east-1:123456789012:function:ask","Payload":{"token":"{% $states.context.Task.Token %}"}},
  "Assign":{"said":"{% $states.result.said %}"},"Next":"work"},
 "work":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"arn:aws:lambda:us-east-1:123456789012:function:work","Payload":"{% $said %}"},"End":true}}}`

func TestStepFunctions(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	role := "arn:aws:iam::123456789012:role/machine"
	var checked struct{ Result string }
	c.aws(&checked, "stepfunctions", "validate-state-machine-definition", "--definition", definition)
	if checked.Result != "OK" {
		t.Errorf("validate says %q", checked.Result)
	}
	c.refused("InvalidDefinition", "stepfunctions", "create-state-machine", "--name", "bad", "--role-arn", role, "--definition", `{"StartAt":"x","States":{}}`)
	var made struct{ StateMachineArn, StateMachineVersionArn string }
	c.aws(&made, "stepfunctions", "create-state-machine", "--name", "m", "--role-arn", role, "--definition", definition, "--publish")
	if !strings.HasSuffix(made.StateMachineVersionArn, ":1") {
		t.Errorf("version %q", made.StateMachineVersionArn)
	}
	var started, again struct{ ExecutionArn string }
	run := []string{"stepfunctions", "start-execution", "--state-machine-arn", made.StateMachineVersionArn, "--name", "one", "--input", `{"a":1}`}
	c.aws(&started, run...)
	c.aws(&again, run...)
	if started.ExecutionArn == "" || again != started {
		t.Errorf("started %q and again %q", started.ExecutionArn, again.ExecutionArn)
	}
	c.refused("ExecutionAlreadyExists", append(run[:len(run)-1:len(run)-1], `{"a":2}`)...)
	token := <-c.tokens
	c.aws(nil, "stepfunctions", "send-task-heartbeat", "--task-token", token)
	c.aws(nil, "stepfunctions", "send-task-success", "--task-token", token, "--task-output", `{"said":"yes"}`)
	c.settle()
	c.refused("TaskTimedOut", "stepfunctions", "send-task-success", "--task-token", token, "--task-output", `{}`)
	c.refused("InvalidToken", "stepfunctions", "send-task-success", "--task-token", "nonsense", "--task-output", `{}`)
	var described struct{ Status, Error, RedriveStatus string }
	c.aws(&described, "stepfunctions", "describe-execution", "--execution-arn", started.ExecutionArn)
	if described.Status != "FAILED" || described.Error != "Broken" || described.RedriveStatus != "REDRIVABLE" {
		t.Errorf("described %+v", described)
	}
	c.aws(nil, "stepfunctions", "redrive-execution", "--execution-arn", started.ExecutionArn)
	c.settle()
	var history struct{ Events []struct{ Type string } }
	c.aws(&history, "stepfunctions", "get-execution-history", "--execution-arn", started.ExecutionArn, "--page-size", "3")
	var types []string
	for _, e := range history.Events {
		types = append(types, e.Type)
	}
	want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited TaskStateEntered TaskScheduled TaskStarted TaskFailed ExecutionFailed ExecutionRedriven TaskScheduled TaskStarted TaskFailed ExecutionFailed"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("history\n%s\nwant\n%s", got, want)
	}
	c.aws(nil, "stepfunctions", "start-execution", "--state-machine-arn", made.StateMachineArn, "--name", "two")
	<-c.tokens
	c.aws(nil, "stepfunctions", "stop-execution", "--execution-arn", strings.Replace(started.ExecutionArn, ":one", ":two", 1), "--error", "enough")
	var executions struct {
		Executions []struct{ Name, Status string }
	}
	c.aws(&executions, "stepfunctions", "list-executions", "--state-machine-arn", made.StateMachineArn, "--status-filter", "ABORTED")
	if len(executions.Executions) != 1 || executions.Executions[0].Name != "two" {
		t.Errorf("aborted: %+v", executions)
	}
	c.refused("ExecutionDoesNotExist", "stepfunctions", "describe-execution", "--execution-arn", started.ExecutionArn+"x")
}

func (c *terminal) settle() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.clock.Idle(ctx); err != nil {
		c.t.Fatal(err)
	}
}
