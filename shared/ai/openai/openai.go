// Package openai asks a model behind an OpenAI-compatible endpoint: POST
// <endpoint>/chat/completions, as hosted services and local servers (vLLM, Ollama,
// llama.cpp and others) speak it. A form is a function that the model is made to call;
// a server that writes the JSON as text instead is understood too.
// https://platform.openai.com/docs/api-reference/chat/create
package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/fault"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// Model is one model of an endpoint; it is an ai.Provider.
type Model struct {
	Endpoint string // base URL, as https://api.example.com/v1
	ID       string
	Key      string       // "" sends none
	HTTP     *http.Client // nil: one of its own
}

type message struct {
	Role      string     `json:"role"`
	Content   *string    `json:"content"`
	Refusal   *string    `json:"refusal,omitempty"`
	ToolCalls []toolCall `json:"tool_calls,omitempty"`
}

type toolCall struct {
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // JSON in a text; some servers give the object itself
	} `json:"function"`
}

type choice struct {
	Message      message `json:"message"`
	FinishReason string  `json:"finish_reason"`
}

// Text asks for text.
func (m Model) Text(ctx context.Context, p ai.Prompt) (string, error) {
	c, err := m.complete(ctx, p, nil)
	if err != nil || c.Message.Content == nil {
		return "", err
	}
	return *c.Message.Content, nil
}

// Data asks for a filled-in form.
func (m Model) Data(ctx context.Context, p ai.Prompt, f ai.Form) (json.RawMessage, error) {
	c, err := m.complete(ctx, p, &f)
	if err != nil {
		return nil, err
	}
	for _, call := range c.Message.ToolCalls {
		if call.Function.Name != f.Name {
			continue
		}
		raw := call.Function.Arguments
		var text string
		if json.Unmarshal(raw, &text) == nil {
			raw = json.RawMessage(text)
		}
		if json.Valid(raw) {
			return raw, nil
		}
	}
	if c.Message.Content != nil {
		if raw := json.RawMessage(unfenced(*c.Message.Content)); len(raw) > 0 && json.Valid(raw) {
			return raw, nil
		}
	}
	return nil, ai.ErrNoForm
}

// unfenced takes a Markdown code fence off.
func unfenced(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "```"); ok {
		_, rest, _ = strings.Cut(rest, "\n")
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "```"))
	}
	return s
}

func (m Model) complete(ctx context.Context, p ai.Prompt, f *ai.Form) (*choice, error) {
	ask := map[string]any{"model": m.ID, "max_tokens": p.MaxTokens, "stream": false,
		"messages": []map[string]string{{"role": "system", "content": p.System}, {"role": "user", "content": p.User}}}
	if f != nil {
		ask["tools"] = []any{map[string]any{"type": "function", "function": map[string]any{"name": f.Name, "description": f.Description, "parameters": f.Schema}}}
		ask["tool_choice"] = map[string]any{"type": "function", "function": map[string]any{"name": f.Name}}
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(m.Endpoint, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, fault.Named(fault.Unprocessable, "model_failed", "the endpoint of the model is no URL: set AiEndpoint")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if m.Key != "" {
		req.Header.Set("Authorization", "Bearer "+m.Key)
	}
	resp, err := m.client().Do(req)
	if err != nil {
		return nil, &fault.Error{Code: fault.Unavailable, Message: "the model's endpoint cannot be reached", Cause: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, &fault.Error{Code: fault.Unavailable, Message: "the model's answer broke off", Cause: err}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, refused(resp.StatusCode, data)
	}
	return read(data)
}

func (m Model) client() *http.Client {
	if m.HTTP != nil {
		return m.HTTP
	}
	// A redirect would carry the customer's text to where nobody configured.
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// refused says why the endpoint did not answer; 408, 409, 429 and 5xx may pass.
func refused(status int, data []byte) error {
	var e struct {
		Error json.RawMessage `json:"error"`
	}
	why := http.StatusText(status)
	if json.Unmarshal(data, &e) == nil {
		var long struct{ Message string }
		var short string
		if json.Unmarshal(e.Error, &long) == nil && long.Message != "" {
			why = long.Message
		} else if json.Unmarshal(e.Error, &short) == nil && short != "" {
			why = short
		}
	}
	if len(why) > 300 {
		why = strings.ToValidUTF8(why[:300], "")
	}
	if status == 429 {
		return fault.Throttled(fmt.Errorf("%d: %q", status, why), "the model takes no more at this rate")
	}
	if status == 408 || status == 409 || status >= 500 {
		return &fault.Error{Code: fault.Unavailable, Message: "the model is busy", Cause: fmt.Errorf("%d: %q", status, why)}
	}
	return fault.Named(fault.Unprocessable, "model_failed", "the model's endpoint answered %d: %q", status, why)
}

func read(data []byte) (*choice, error) {
	var out struct {
		Choices []choice `json:"choices"`
	}
	if err := json.Unmarshal(data, &out); err != nil || len(out.Choices) == 0 {
		return nil, fault.Named(fault.Unprocessable, "model_failed", "the model's endpoint answered with no choices: is it OpenAI-compatible?")
	}
	c := &out.Choices[0]
	if c.FinishReason == "content_filter" || c.Message.Refusal != nil && *c.Message.Refusal != "" {
		return nil, fault.Named(fault.Unprocessable, "model_refused", "the model refused to answer")
	}
	return c, nil
}
