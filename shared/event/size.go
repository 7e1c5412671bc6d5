package event

import (
	"bytes"
	"encoding/json"
	"maps"
	"unicode/utf8"
)

// Limits of an execution's input.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	MaxInput = 262_144 // bytes
	overhead = 8 << 10 // of these are for the run, the workflow and the event's envelope
)

// Encode writes a value without the escaping of HTML, which would triple its size.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// without leaves out of an entity what no field of the contract shows and what may be long.
func without(entity json.RawMessage, names ...string) json.RawMessage {
	var members map[string]json.RawMessage
	if len(entity) == 0 || json.Unmarshal(entity, &members) != nil {
		return entity
	}
	for _, name := range names {
		delete(members, name)
	}
	out, err := Encode(members)
	if err != nil {
		return entity
	}
	return out
}

// fit cuts the message's texts until it takes at most room bytes as JSON, the longer one
// with the quoted history first. An ordinary mail is never cut: two texts of 32 KiB and
// all the rest fit. One of control characters, each of them six bytes as JSON, does not.
func fit(message map[string]any, room int) map[string]any {
	if message == nil || size(message) <= room {
		return message
	}
	out := maps.Clone(message)
	for _, name := range []string{"fullText", "text"} {
		text, _ := out[name].(string)
		over := size(out) - room
		if over <= 0 {
			break
		}
		if text == "" {
			continue
		}
		out["textTruncated"] = true
		out[name] = shorten(text, size(text)-over-len("false"))
	}
	return out
}

// shorten cuts a text at a character's edge so that it takes at most limit bytes as JSON.
func shorten(text string, limit int) string {
	used := len(`""`)
	for i, r := range text {
		n := utf8.RuneLen(r)
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '"' || r == '\\':
			n = 2
		case r < 0x20 || r == '\u2028' || r == '\u2029' || r == utf8.RuneError:
			n = 6
		}
		if used += n; used > limit {
			return text[:i]
		}
	}
	return text
}

func size(v any) int {
	data, err := Encode(v)
	if err != nil {
		return 0
	}
	return len(data)
}
