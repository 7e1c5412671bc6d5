package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// wire is Step Functions' endpoint with the answers that a test gives: by action, a body
// or "!ErrorName message".
func wire(tb testing.TB, answers map[string][]string) (*engine.Engine, *[]string) {
	tb.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, action+" "+string(body))
		list := answers[action]
		if len(list) == 0 {
			tb.Errorf("nobody expects %s", action)
			list = []string{"!ValidationException x"}
		}
		answer := list[0]
		if len(list) > 1 {
			answers[action] = list[1:]
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if code, message, _ := strings.Cut(strings.TrimPrefix(answer, "!"), " "); strings.HasPrefix(answer, "!") {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	tb.Cleanup(server.Close)
	return engine.New(sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		Retryer: aws.NopRetryer{}}), "desk"), &asked
}

const (
	machine = "arn:aws:states:us-east-1:123456789012:stateMachine:desk-wf-wf_1"
	exec    = "arn:aws:states:us-east-1:123456789012:execution:desk-wf-wf_1:run_1"
)

func TestStart(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		arn          string
		code         fault.Code
	}{
		{"new", `{"executionArn":"` + exec + `","startDate":1}`, exec, ""},
		{"there already", "!ExecutionAlreadyExists x", exec, ""},
		{"no such version", "!StateMachineDoesNotExist x", "", fault.NotFound},
		{"busy", "!ThrottlingException x", "", fault.Unavailable},
		{"too many", "!ExecutionLimitExceeded x", "", fault.Unavailable},
		{"being deleted", "!StateMachineDeleting x", "", fault.Unavailable},
		{"not an input", "!InvalidExecutionInput x", "", fault.Unprocessable},
		{"not a name", "!InvalidName x", "", fault.Unprocessable},
		{"denied", "!AccessDeniedException x", "", fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			en, _ := wire(t, map[string][]string{"StartExecution": {c.answer}})
			arn, err := en.Start(t.Context(), machine+":3", "run_1", []byte(`{}`))
			if arn != c.arn || fault.CodeOf(err) != c.code {
				t.Errorf("%s, %v", arn, err)
			}
		})
	}
	en, asked := wire(t, nil)
	if _, err := en.Start(t.Context(), machine+":3", "run_1", make([]byte, engine.MaxPayload+1)); !fault.Is(err, fault.Unprocessable) || len(*asked) > 0 {
		t.Errorf("too large: %v", err)
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		answer string
		gone   bool
		code   fault.Code
	}{
		{`{}`, false, ""}, {"!TaskTimedOut x", true, fault.Internal}, {"!TaskDoesNotExist x", true, fault.Internal},
		{"!ThrottlingException x", false, fault.Unavailable}, {"!InvalidToken x", false, fault.Internal},
	} {
		en, _ := wire(t, map[string][]string{"SendTaskSuccess": {c.answer}})
		err := en.Answer(t.Context(), "token", []byte(`{}`))
		if errors.Is(err, engine.ErrGone) != c.gone || fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.answer, err)
		}
	}
}

func TestDescribeStopRedrive(t *testing.T) {
	en, asked := wire(t, map[string][]string{
		"DescribeExecution": {`{"executionArn":"x","stateMachineArn":"m","status":"FAILED","startDate":1700000000.5,"stopDate":1700000001,"error":"e","cause":"c","redriveCount":2,"redriveStatus":"NOT_REDRIVABLE","redriveStatusReason":"old"}`, "!ExecutionDoesNotExist x"},
		"StopExecution":     {`{"stopDate":1}`, "!ValidationException it has ended"},
		"RedriveExecution":  {`{"redriveDate":1}`, "!ExecutionNotRedrivable too old"},
	})
	x, err := en.Describe(t.Context(), exec)
	end := time.Unix(1700000001, 0).UTC()
	want := engine.Execution{Status: "FAILED", StartedAt: time.Unix(1700000000, 5e8).UTC(), EndedAt: &end, Error: "e", Cause: "c", RedriveCount: 2, RedriveWhy: "old"}
	if d := cmp.Diff(want, x); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if _, err = en.Describe(t.Context(), exec); !fault.Is(err, fault.NotFound) {
		t.Errorf("gone: %v", err)
	}
	for range 2 {
		if err := en.Stop(t.Context(), exec, "stopped", "by anna"); err != nil {
			t.Error(err)
		}
	}
	if err := en.Redrive(t.Context(), exec, "once"); err != nil {
		t.Error(err)
	}
	if err := en.Redrive(t.Context(), exec, "once"); !fault.Is(err, fault.Conflict) || !strings.Contains(fmt.Sprint(err), "too old") {
		t.Errorf("%v", err)
	}
	if last := (*asked)[len(*asked)-1]; !strings.Contains(last, `"clientToken":"once"`) {
		t.Errorf("%s", last)
	}
}

func TestPublish(t *testing.T) {
	p := engine.Publication{WorkflowID: "wf_1", RoleArn: "role", Definition: []byte(`{}`), Description: strings.Repeat("ü", 300)}
	en, asked := wire(t, map[string][]string{
		"CreateStateMachine": {`{"stateMachineArn":"` + machine + `","stateMachineVersionArn":"` + machine + `:1","creationDate":1}`, "!StateMachineAlreadyExists State Machine Already Exists: '" + machine + "'", "!StateMachineAlreadyExists somewhere"},
		"UpdateStateMachine": {`{"stateMachineVersionArn":"` + machine + `:2","updateDate":1}`},
	})
	for _, want := range []string{":1", ":2"} {
		m, v, err := en.Publish(t.Context(), p)
		if err != nil || m != machine || v != machine+want {
			t.Errorf("%s, %s, %v", m, v, err)
		}
	}
	if !strings.Contains((*asked)[0], `"name":"desk-wf-wf_1"`) || !strings.Contains((*asked)[0], strings.Repeat("ü", 256)+`"`) {
		t.Errorf("%s", (*asked)[0])
	}
	if _, _, err := en.Publish(t.Context(), p); !fault.Is(err, fault.Conflict) {
		t.Errorf("an ARN out of nothing: %v", err)
	}
	t.Run("the machine was deleted", func(t *testing.T) {
		const anew = machine + "-44136fa3" // of its definition
		en, asked := wire(t, map[string][]string{
			"UpdateStateMachine": {"!StateMachineDoesNotExist State Machine Does Not Exist"},
			"CreateStateMachine": {`{"stateMachineArn":"` + anew + `","stateMachineVersionArn":"` + anew + `:1","creationDate":1}`},
		})
		p := p
		p.MachineArn = machine
		if m, v, err := en.Publish(t.Context(), p); err != nil || m != anew || v != anew+":1" {
			t.Errorf("%s, %s, %v", m, v, err)
		}
		if !strings.Contains((*asked)[1], `"name":"desk-wf-wf_1-44136fa3"`) {
			t.Errorf("%s", (*asked)[1])
		}
	})
	p.Definition = make([]byte, engine.MaxDefinition+1)
	if _, _, err := en.Publish(t.Context(), p); !fault.Is(err, fault.Unprocessable) {
		t.Errorf("too large: %v", err)
	}
}

func TestHistory(t *testing.T) {
	page1 := `{"nextToken":"two","events":[
	 {"id":1,"previousEventId":0,"timestamp":1700000000,"type":"ExecutionStarted","executionStartedEventDetails":{"input":"{\"a\":1}"}},
	 {"id":2,"previousEventId":1,"timestamp":1700000000,"type":"TaskStateEntered","stateEnteredEventDetails":{"name":"tag","input":"not json"}},
	 {"id":3,"previousEventId":2,"timestamp":1700000000,"type":"TaskScheduled","taskScheduledEventDetails":{"resource":"invoke","resourceType":"lambda","region":"r","parameters":"{}"}}]}`
	page2 := `{"events":[{"id":4,"previousEventId":3,"timestamp":1700000001,"type":"TaskFailed","taskFailedEventDetails":{"resource":"invoke","resourceType":"lambda","error":"e","cause":"c"}},
	 {"id":5,"previousEventId":4,"timestamp":1700000001,"type":"TaskStateExited","stateExitedEventDetails":{"name":"tag","output":"{}","assignedVariables":{"vars":"{}"}}},
	 {"id":6,"previousEventId":5,"timestamp":1700000002,"type":"ExecutionRedriven","executionRedrivenEventDetails":{"redriveCount":1}}]}`
	en, asked := wire(t, map[string][]string{"GetExecutionHistory": {page1, page2}})
	at := time.Unix(1700000000, 0).UTC()
	want := []run.HistoryEvent{
		{ID: 1, Type: "ExecutionStarted", At: at, Input: json.RawMessage(`{"a":1}`)},
		{ID: 2, PreviousID: 1, Type: "TaskStateEntered", At: at, State: "tag", Input: json.RawMessage(`"not json"`)},
		{ID: 3, PreviousID: 2, Type: "TaskScheduled", At: at, Resource: "invoke", Input: json.RawMessage(`{}`)},
		{ID: 4, PreviousID: 3, Type: "TaskFailed", At: at.Add(time.Second), Error: "e", Cause: "c"},
		{ID: 5, PreviousID: 4, Type: "TaskStateExited", At: at.Add(time.Second), State: "tag", Output: json.RawMessage(`{}`), Variables: map[string]string{"vars": "{}"}},
		{ID: 6, PreviousID: 5, Type: "ExecutionRedriven", At: at.Add(2 * time.Second), RedriveCount: 1},
	}
	got, err := en.WholeHistory(t.Context(), exec, 5000)
	if d := cmp.Diff(want, got); d != "" || err != nil || len(*asked) != 2 {
		t.Errorf("%v, %d calls (-want +got):\n%s", err, len(*asked), d)
	}
}
