package states

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/interp"
)

// carryOut invokes the task's function and signals the answer, in a goroutine of its
// own that counts as work in hand until the execution has taken the next step.
func (s *Service) carryOut(key, role string, t interp.Task) {
	done := s.Clock.Busy("states task")
	go func() {
		defer done()
		output, fault := s.invoke(role, &t)
		if s.ctx.Err() != nil {
			return // shut down: the task is carried out again after the restart
		}
		sig := interp.Succeed(t.ID, output)
		switch {
		case fault != nil:
			sig = interp.Fail(t.ID, *fault)
		case t.WaitsForToken():
			sig = interp.Submit(t.ID, output)
		}
		if _, err := s.signal(key, sig, nil); err != nil && !isClosed(err) && s.ctx.Err() == nil {
			slog.Error("answer of a task", "execution", key, "state", t.State, "error", err)
		}
	}()
}

func (s *Service) invoke(role string, t *interp.Task) (json.RawMessage, *interp.Failure) {
	function, payload, fault := request(t)
	if fault != nil {
		return nil, fault
	}
	if s.InvokeLambda == nil {
		f := interp.Fault("Lambda.SdkClientException", "the local Step Functions was given no way to invoke Lambda functions")
		return nil, &f
	}
	result, executed, failed, err := s.InvokeLambda(s.ctx, role, function, payload)
	if err != nil {
		return nil, refusal(err)
	}
	if failed != "" {
		return nil, functionError(result)
	}
	result = bytes.TrimSpace(result)
	switch {
	case len(result) == 0:
		result = []byte("null")
	case !json.Valid(result):
		result, _ = json.Marshal(string(result))
	}
	if t.Function() {
		return result, nil
	}
	if executed == "" {
		executed = "$LATEST"
	}
	return s.envelope(result, executed), nil
}

// request reads the arguments of lambda:invoke.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
func request(t *interp.Task) (function string, payload []byte, fault *interp.Failure) {
	if t.Function() {
		return t.Resource, t.Arguments, nil
	}
	refuse := func(format string, args ...any) (string, []byte, *interp.Failure) {
		f := interp.Fault("States.Runtime", fmt.Sprintf(format, args...))
		return "", nil, &f
	}
	var in struct {
		FunctionName   string
		Payload        json.RawMessage
		Qualifier      string
		InvocationType string
		ClientContext  string
		LogType        string
	}
	dec := json.NewDecoder(bytes.NewReader(t.Arguments))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return refuse("The arguments of lambda:invoke cannot be used: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	switch {
	case in.FunctionName == "":
		return refuse("The field 'FunctionName' is required but was missing")
	case in.InvocationType != "" && in.InvocationType != "RequestResponse", in.ClientContext != "", in.LogType != "" && in.LogType != "None":
		return refuse("InvocationType, ClientContext and LogType of lambda:invoke are not supported by the local Step Functions")
	}
	function = in.FunctionName
	if in.Qualifier != "" {
		function += ":" + in.Qualifier
	}
	payload = in.Payload
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	return function, payload, nil
}

// functionError makes the error of a function that failed: its name is the errorType,
// its cause the whole payload.
func functionError(payload []byte) *interp.Failure {
	var p struct {
		ErrorType string `json:"errorType"`
	}
	_ = json.Unmarshal(payload, &p)
	if p.ErrorType == "" {
		f := interp.Fault("Lambda.Unknown", "The cause could not be determined because Lambda did not return an error type. Returned payload: "+string(payload))
		return &f
	}
	f := interp.Fault(p.ErrorType, string(payload))
	return &f
}

// refusal names an error of Lambda itself as Step Functions does.
func refusal(err error) *interp.Failure {
	name, status, text := "Lambda.SdkClientException", 0, err.Error()
	var e *awshttp.Error
	if errors.As(err, &e) {
		status, text = e.Status, e.Message
		switch e.Code {
		case "AccessDeniedException":
			name, status = "Lambda.AWSLambdaException", http.StatusForbidden
		case "ServiceException", "InternalFailure":
			name = "Lambda.ServiceException"
		default:
			name = "Lambda." + strings.TrimSuffix(strings.TrimSuffix(e.Code, "Exception"), "Error") + "Exception"
		}
		if status == 0 {
			status = http.StatusBadRequest
		}
		text = fmt.Sprintf("%s (Service: Lambda, Status Code: %d, Request ID: %s)", text, status, uuid())
	}
	f := interp.Fault(name, text)
	return &f
}

// envelope is the result of lambda:invoke as recorded from AWS.
func (s *Service) envelope(payload []byte, executed string) json.RawMessage {
	type one struct {
		Connection string `json:"Connection"`
		Length     string `json:"Content-Length"`
		Type       string `json:"Content-Type"`
		Date       string `json:"Date"`
		Executed   string `json:"X-Amz-Executed-Version"`
		Remapped   string `json:"x-amzn-Remapped-Content-Length"`
		Request    string `json:"x-amzn-RequestId"`
		Trace      string `json:"X-Amzn-Trace-Id"`
	}
	now, id := s.Clock.Now(), uuid()
	hex := strings.ReplaceAll(uuid(), "-", "")
	h := one{"keep-alive", strconv.Itoa(len(payload)), "application/json", now.Format(http.TimeFormat), executed, "0", id,
		fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", now.Unix(), hex[:24], hex[16:])}
	type many struct {
		Executed   []string `json:"X-Amz-Executed-Version"`
		Remapped   []string `json:"x-amzn-Remapped-Content-Length"`
		Connection []string `json:"Connection"`
		Request    []string `json:"x-amzn-RequestId"`
		Length     []string `json:"Content-Length"`
		Date       []string `json:"Date"`
		Trace      []string `json:"X-Amzn-Trace-Id"`
		Type       []string `json:"Content-Type"`
	}
	all := many{[]string{executed}, []string{"0"}, []string{h.Connection}, []string{id}, []string{h.Length}, []string{h.Date}, []string{h.Trace}, []string{h.Type}}
	var out struct {
		ExecutedVersion string
		Payload         json.RawMessage
		SdkHttpMetadata struct {
			AllHttpHeaders many
			HttpHeaders    one
			HttpStatusCode int
		}
		SdkResponseMetadata struct{ RequestId string }
		StatusCode          int
	}
	out.ExecutedVersion, out.Payload, out.StatusCode = executed, payload, http.StatusOK
	out.SdkHttpMetadata.AllHttpHeaders, out.SdkHttpMetadata.HttpHeaders, out.SdkHttpMetadata.HttpStatusCode = all, h, http.StatusOK
	out.SdkResponseMetadata.RequestId = id
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSpace(b.Bytes())
}
