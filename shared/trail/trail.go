// Package trail carries through a context the ids of what is being worked on, and writes
// the log: JSON lines that bear those ids, so that one mail is followed from the function
// that took it in to the last step of its run by ids alone. What a line says is made safe
// first (words.go): no text of mail, no addresses, no tokens. It knows neither Lambda nor
// AWS; package host joins it to them.
package trail

import (
	"context"
	"io"
	"log/slog"
)

// Names under which lines carry ids.
const (
	Request      = "requestId" // of the Lambda invocation
	Trace        = "traceId"   // of X-Ray
	Event        = "eventId"
	Run          = "runId"
	Node         = "nodeId"
	Workflow     = "workflowId"
	Approval     = "approvalId"
	Conversation = "conversationId"
	Message      = "messageId"
	Delivery     = "deliveryId" // SES's id of a mail that came in
)

// Stack is the member that has the calls that led to a panic.
const Stack = "stack"

type key struct{}

// With adds ids, in pairs of name and value, to what the lines of ctx carry. An empty
// value adds nothing; a name that is there already gets the new value.
func With(ctx context.Context, pairs ...string) context.Context {
	old := ids(ctx)
	all := make([]slog.Attr, len(old), len(old)+len(pairs)/2)
	copy(all, old)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = set(all, slog.String(pairs[i], pairs[i+1]))
		}
	}
	return context.WithValue(ctx, key{}, all)
}

func set(all []slog.Attr, a slog.Attr) []slog.Attr {
	for i := range all {
		if all[i].Key == a.Key {
			all[i] = a
			return all
		}
	}
	return append(all, a)
}

func ids(ctx context.Context) []slog.Attr {
	all, _ := ctx.Value(key{}).([]slog.Attr)
	return all
}

// Log writes lines as Lambda and CloudWatch read them: timestamp, level, msg, the ids of
// the context, and what the line adds.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
func Log(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(handler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: safe})})
}

// safe names the time as Lambda expects it, and takes out of texts what must not be in a
// log. Our own messages and ids pass through it unchanged.
func safe(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		a.Key = "timestamp"
		return a
	}
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		if a.Key == Stack { // names of functions and files, and no values
			return a
		}
		a.Value = slog.StringValue(Words(v.String()))
	case slog.KindAny:
		switch x := v.Any().(type) {
		case *slog.Source, slog.Level:
		case error:
			a.Value = slog.StringValue(Words(x.Error()))
		default: // a struct may hold anything
			a.Value = slog.StringValue("not shown")
		}
	}
	return a
}

type handler struct{ slog.Handler }

// Handle adds the ids of the context.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if all := ids(ctx); len(all) > 0 {
		r = r.Clone()
		said := map[string]bool{}
		r.Attrs(func(a slog.Attr) bool { said[a.Key] = true; return true })
		for _, a := range all {
			if !said[a.Key] {
				r.AddAttrs(a)
			}
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the ids.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the ids, within the group.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
