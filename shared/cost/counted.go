package cost

import (
	_ "embed"
	"sync"
)

// Counted is what was counted on the local stack, with running times as assumed for AWS.
type Counted struct {
	Date  string         `json:"date"`
	How   string         `json:"how"`
	Mail  Use            `json:"mail"`  // a mail that starts nothing
	Run   Use            `json:"run"`   // a run of nothing: matched, recorded, started, ended, recorded
	Nodes map[string]Use `json:"nodes"` // each node by type, with its transitions and what follows from it
	Flows map[string]Use `json:"flows"` // whole runs of the gallery, without the mail
	Idle  Use            `json:"idle"`  // the sweep's minute with nothing due
}

//go:embed counted.json
var countedFile []byte

// Count is counted.json.
var Count = sync.OnceValue(func() Counted {
	var c Counted
	read(countedFile, &c, "counted.json")
	return c
})

// node is what one pass through a node of a type takes; a type that nobody counted
// costs its transition and a call.
func node(kind string) Use {
	if u, ok := Count().Nodes[kind]; ok {
		return u
	}
	return Use{Transition: 1, LambdaRequest: 1}
}
