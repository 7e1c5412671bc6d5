package store

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/deskhand/deskhand/shared/fault"
)

// Every item says in v of which version its document is. What an older release wrote is
// brought up to date when it is read, a version at a time, and written back with the next
// change of the thing; nothing walks the table. What a newer release wrote is refused
// here, because writing it back would lose what this release does not know.

// step makes of a document of one version that of the next. It is pure.
type step func(doc []byte) ([]byte, error)

// steps leads from kinds of items to how their documents became what they are: the first
// step leads from version 1 to 2. Kinds without any are still at version 1. Columns are
// made of the document at the next write, so a list may filter by a new one only if its
// absence says what it says of an old item.
var steps = map[string][]step{
	"ticket": {since},
	"group":  {members},
	"failed": {recipients},
}

// version is that of a kind's documents in this release.
func version(kind string) int { return 1 + len(steps[kind]) }

// mainAttribute holds the document of a kind's items.
func mainAttribute(kind string) string {
	switch kind {
	case "route":
		return "trigger"
	case "effect":
		return "result"
	}
	return "doc"
}

// known refuses an item that a newer release wrote. It may be back in a moment: while a
// stack is updated, functions of both releases run.
func known(it item) error {
	kind, v := text(it, "kind"), number(it, "v")
	if v <= version(kind) {
		return nil
	}
	return fault.Named(fault.Unavailable, "newer_data", "item %s %s (%s) is of version %d, and this release knows version %d: a newer release has written it, so deploy that one again, or restore the table from before it",
		text(it, "pk"), text(it, "sk"), kind, v, version(kind))
}

func allKnown(items []item) error {
	for _, it := range items {
		if err := known(it); err != nil {
			return err
		}
	}
	return nil
}

// upgrade brings an attribute of an item up to this release.
func upgrade(it item, name string, data []byte) ([]byte, error) {
	kind := text(it, "kind")
	if name != mainAttribute(kind) || data == nil {
		return data, nil
	}
	for i := max(number(it, "v"), 1); i < version(kind); i++ {
		var err error
		if data, err = steps[kind][i-1](data); err != nil {
			return nil, fmt.Errorf("bring item %s %s from version %d to %d: %w", text(it, "pk"), text(it, "sk"), i, i+1, err)
		}
	}
	return data, nil
}

// edit changes the members of a document.
func edit(doc []byte, change func(m map[string]json.RawMessage)) ([]byte, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		return nil, err
	}
	change(m)
	return marshal(m)
}

// listIn makes a list of a member that is missing or null.
func listIn(m map[string]json.RawMessage, name string) {
	if v := bytes.TrimSpace(m[name]); len(v) == 0 || string(v) == "null" {
		m[name] = json.RawMessage("[]")
	}
}

// since: a ticket knows since when it has its status; one that never changed it, since
// it was made.
func since(doc []byte) ([]byte, error) {
	return edit(doc, func(m map[string]json.RawMessage) {
		if at := string(m["statusSince"]); at == "" || at == "null" || at == `"0001-01-01T00:00:00Z"` {
			m["statusSince"] = m["createdAt"]
		}
	})
}

// members: a group without any has an empty list.
func members(doc []byte) ([]byte, error) {
	return edit(doc, func(m map[string]json.RawMessage) { listIn(m, "members") })
}

// recipients: a failed mail without any has an empty list.
func recipients(doc []byte) ([]byte, error) {
	return edit(doc, func(m map[string]json.RawMessage) { listIn(m, "recipients") })
}
