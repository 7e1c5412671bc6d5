package bedrock_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/ai/bedrock"
	"github.com/deskhand/deskhand/shared/fault"
)

// service answers every Converse with a status, an error type and a body.
type service struct {
	status          int
	errorType, body string
	path            string
	asked           map[string]any
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.path = r.Method + " " + r.URL.EscapedPath()
	data, _ := io.ReadAll(r.Body)
	s.asked = nil
	_ = json.Unmarshal(data, &s.asked)
	w.Header().Set("Content-Type", "application/json")
	if s.errorType != "" {
		w.Header().Set("X-Amzn-Errortype", s.errorType)
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}

func start(t *testing.T, s *service) bedrock.Model {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client := bedrockruntime.New(bedrockruntime.Options{BaseEndpoint: aws.String(server.URL), Region: "eu-central-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")})
	return bedrock.Model{Client: client, ID: "eu.vendor.model-v1:0"}
}

const textAnswer = `{"output":{"message":{"role":"assistant","content":[{"text":"Dear "},{"text":"Anna"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":5}}`

func TestText(t *testing.T) {
	s := &service{status: 200, body: textAnswer}
	got, err := start(t, s).Text(t.Context(), ai.Prompt{System: "s", User: "u", MaxTokens: 7})
	if err != nil || got != "Dear Anna" {
		t.Fatalf("%q, %v", got, err)
	}
	want := map[string]any{"system": []any{map[string]any{"text": "s"}}, "inferenceConfig": map[string]any{"maxTokens": 7.0},
		"messages": []any{map[string]any{"role": "user", "content": []any{map[string]any{"text": "u"}}}}}
	if diff := cmp.Diff(want, s.asked); diff != "" || s.path != "POST /model/eu.vendor.model-v1%3A0/converse" {
		t.Errorf("%s (-want +got):\n%s", s.path, diff)
	}
}

func TestData(t *testing.T) {
	form := ai.Form{Name: "label", Description: "d", Schema: map[string]any{"type": "object", "required": []string{"label"}, "properties": map[string]any{"label": map[string]any{"type": "string", "enum": []string{"a", "b"}}}}}
	s := &service{status: 200, body: `{"output":{"message":{"role":"assistant","content":[{"text":"Let me see."},{"toolUse":{"toolUseId":"t1","name":"label","input":{"label":"a","confidence":0.5}}}]}},"stopReason":"tool_use"}`}
	m := start(t, s)
	got, err := m.Data(t.Context(), ai.Prompt{System: "s", User: "u", MaxTokens: 7}, form)
	if err != nil {
		t.Fatal(err)
	}
	var data map[string]any
	if err := json.Unmarshal(got, &data); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if diff := cmp.Diff(map[string]any{"label": "a", "confidence": 0.5}, data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	want := map[string]any{"toolChoice": map[string]any{"tool": map[string]any{"name": "label"}},
		"tools": []any{map[string]any{"toolSpec": map[string]any{"name": "label", "description": "d", "inputSchema": map[string]any{
			"json": map[string]any{"type": "object", "required": []any{"label"}, "properties": map[string]any{"label": map[string]any{"type": "string", "enum": []any{"a", "b"}}}}}}}}}
	if diff := cmp.Diff(want, s.asked["toolConfig"]); diff != "" {
		t.Errorf("toolConfig (-want +got):\n%s", diff)
	}
	for name, body := range map[string]string{"text": textAnswer, "malformed": `{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"malformed_tool_use"}`,
		"another tool": `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"x","input":{}}}]}},"stopReason":"tool_use"}`} {
		s.body = body
		if got, err := m.Data(t.Context(), ai.Prompt{}, form); !errors.Is(err, ai.ErrNoForm) {
			t.Errorf("%s: %s, %v; want no form", name, got, err)
		}
	}
}

// TestThrough: the whole way from a question to a checked answer.
func TestThrough(t *testing.T) {
	s := &service{status: 200, body: `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"fields","input":{"order":"A-1","amount":null}}}]}},"stopReason":"tool_use"}`}
	v, err := ai.Prompted{Provider: start(t, s), Name: "n"}.Extract(t.Context(), ai.Extract{Fields: map[string]string{"order": "string", "amount": "number", "on": "date"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"order": "A-1"}, v.Fields); diff != "" || v.Model != "n" {
		t.Errorf("values of %s (-want +got):\n%s", v.Model, diff)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		s    service
		want string
	}{
		"throttled": {service{status: 429, errorType: "ThrottlingException", body: `{"message":"slow"}`}, "throttled"},
		"down":      {service{status: 503, errorType: "ServiceUnavailableException", body: `{"message":"x"}`}, "unavailable"},
		"not ready": {service{status: 429, errorType: "ModelNotReadyException", body: `{"message":"x"}`}, "unavailable"},
		"denied":    {service{status: 403, errorType: "AccessDeniedException", body: `{"message":"no access to the model"}`}, "model_failed"},
		"invalid":   {service{status: 400, errorType: "ValidationException", body: `{"message":"use an inference profile"}`}, "model_failed"},
		"guardrail": {service{status: 200, body: `{"output":{"message":{"role":"assistant","content":[{"text":"no"}]}},"stopReason":"guardrail_intervened"}`}, "model_refused"},
		"filtered":  {service{status: 200, body: `{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"content_filtered"}`}, "model_refused"},
		"malformed": {service{status: 200, body: `{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"malformed_model_output"}`}, "model_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := start(t, &c.s).Text(t.Context(), ai.Prompt{}); fault.Name(err) != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}
