package trail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/trail"
)

func line(t *testing.T, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var b bytes.Buffer
	write(trail.Log(&b, slog.LevelInfo))
	var out map[string]any
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, b.Bytes())
	}
	if _, err := time.Parse(time.RFC3339Nano, out["timestamp"].(string)); err != nil {
		t.Errorf("Lambda cannot read the time: %v", err)
	}
	delete(out, "timestamp")
	return out
}

func TestLog(t *testing.T) {
	ctx := trail.With(context.Background(), trail.Event, "evt_1", trail.Run, "")
	inner := trail.With(ctx, trail.Run, "run_1", trail.Event, "evt_2", "odd")
	for _, c := range []struct {
		name  string
		write func(*slog.Logger)
		want  map[string]any
	}{
		{"ids of the context", func(l *slog.Logger) { l.InfoContext(inner, "done", "n", 3) },
			map[string]any{"level": "INFO", "msg": "done", "n": 3.0, "eventId": "evt_2", "runId": "run_1"}},
		{"the outer context keeps its own", func(l *slog.Logger) { l.WarnContext(ctx, "done") },
			map[string]any{"level": "WARN", "msg": "done", "eventId": "evt_1"}},
		{"an id that the line names", func(l *slog.Logger) { l.InfoContext(inner, "done", "runId", "run_9") },
			map[string]any{"level": "INFO", "msg": "done", "eventId": "evt_2", "runId": "run_9"}},
		{"with more", func(l *slog.Logger) { l.With("function", "act").ErrorContext(inner, "failed") },
			map[string]any{"level": "ERROR", "msg": "failed", "function": "act", "eventId": "evt_2", "runId": "run_1"}},
		{"an error", func(l *slog.Logger) {
			l.Error("failed", "error", fmt.Errorf("put: %w", errors.New(`no inbox "care" for ann@example.org`)))
		},
			map[string]any{"level": "ERROR", "msg": "failed", "error": `put: no inbox "…" for …@…`}},
		{"a struct", func(l *slog.Logger) { l.Info("got", "request", struct{ Body string }{"words"}) },
			map[string]any{"level": "INFO", "msg": "got", "request": "not shown"}},
		{"a message", func(l *slog.Logger) { l.Info("mail of ann@example.org") }, map[string]any{"level": "INFO", "msg": "mail of …@…"}},
		{"a stack", func(l *slog.Logger) { l.Info("x", trail.Stack, strings.Repeat("/a/long/path", 20)) },
			map[string]any{"level": "INFO", "msg": "x", "stack": strings.Repeat("/a/long/path", 20)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, line(t, c.write)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWords(t *testing.T) {
	token := strings.Repeat("AQCEAAAAKgAAAAMAAAAA", 30)
	for _, c := range []struct{ name, in, want string }{
		{"plain", "the table is busy; try again", "the table is busy; try again"},
		{"an id of ours", `run "run_01ARZ3NDEKTSV4RRFFQ69G5FAV" keeps changing`, `run "run_01ARZ3NDEKTSV4RRFFQ69G5FAV" keeps changing`},
		{"a value", `until "my cat ate it" is not a time`, `until "…" is not a time`},
		{"a value with quotes", `"she said \"no\" to it" is no time`, `"…" is no time`},
		{"a value that was cut", `x "my cat ate`, `x "…"`},
		{"back quotes", "pattern `my cat`", `pattern "…"`},
		{"addresses", "mail to <Ann.O'Hara+x@example.org>, bo@xn--bcher-kva.example: refused", "mail to <Ann.O'…@…>, …@…: refused"},
		{"a link", `Get "https://shop.example/x?key=abc": refused`, `Get "…": refused`},
		{"a link unquoted", "asked HTTPS://ann:pw@shop.example:8443/x?key=abc and left", "asked HTTPS://shop.example:8443/… and left"},
		{"an approval link", "GET /a/Zm9vYmFyYmF6 failed", "GET /a/… failed"},
		{"a webhook", "POST /hooks/wf_1/geheim failed", "POST /hooks/… failed"},
		{"a credential", "Authorization: Bearer eyJhbGciOi.x.y refused", "Authorization: Bearer … refused"},
		{"a task token", "Task Timed Out: " + token, "Task Timed Out: …"},
		{"an ARN", "arn:aws:states:us-east-1:123456789012:execution:deskhand-wf-wf_01ARZ3NDEKTSV4RRFFQ69G5FAV:run_01ARZ3NDEKTSV4RRFFQ69G5FAV", ""},
		{"a request id", "RequestID: 5b9a0b4e-6f1e-4b5a-9d8e-3f1f6e1f2a3b, api error ThrottlingException: Rate exceeded", ""},
		{"broken text", "a\xffb", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "" {
				c.want = c.in
			}
			if got := trail.Words(c.in); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
	if got := trail.Words(strings.Repeat("word ", 100_000)); len(got) > 1100 {
		t.Errorf("%d bytes", len(got))
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`a "b" c@d https://e/f?g`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := trail.Words("x " + s + " ann@example.org y"); len(s) < 500 && strings.Contains(got, "ann@example.org") {
			t.Errorf("%q", got)
		}
	})
}
