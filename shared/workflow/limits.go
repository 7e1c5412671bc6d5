package workflow

import (
	"regexp"
	"time"
)

// Limits of a definition. The first two are the contract's; MaxWait is Step Functions' own
// limit on how long a Standard execution may stay open
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
const (
	MaxNodes       = 200
	MaxSize        = 200 << 10 // bytes of the definition as JSON
	MaxEdges       = 2000      // more than any legal graph of MaxNodes needs
	MaxWait        = 365 * 24 * time.Hour
	MaxRetries     = 10
	MaxTimeout     = 15 * time.Minute // an action runs in one Lambda call, which AWS ends after 15 minutes
	MaxDepth       = 32               // nesting of a condition tree or of a map parameter
	MaxNameLength  = 200
	MaxNotesLength = 10_000
	MaxCases       = 50
	MaxListItems   = 200
)

// TriggerID is the name of the trigger in Edge.From and in Problem.Node.
const TriggerID = "trigger"

// The outputs that node kinds have in common.
const (
	OutputNext      = "next"
	OutputError     = "error"
	OutputOtherwise = "otherwise"
)

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Reserved are the ids that no node and no branch case may have.
var Reserved = []string{"trigger", "event", "steps", "vars", "next", "error", "otherwise"}

// ValidID tells whether id has the form of a node or case id: [a-z][a-z0-9_]{0,39}.
func ValidID(id string) bool { return idPattern.MatchString(id) }

// IsReserved tells whether id is one of Reserved.
func IsReserved(id string) bool {
	for _, r := range Reserved {
		if r == id {
			return true
		}
	}
	return false
}
