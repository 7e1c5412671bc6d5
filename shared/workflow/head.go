package workflow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/deskhand/deskhand/shared/failing"
)

// Head is a workflow without its definitions: what lists show and what publish, enable
// and activate change.
type Head struct {
	ID              string            `json:"id"`
	Name            string            `json:"name"`
	Description     string            `json:"description,omitempty"`
	Enabled         bool              `json:"enabled"`
	TriggerType     string            `json:"triggerType"` // of the active version, else of the draft
	ActiveVersion   int               `json:"activeVersion,omitempty"`
	LatestVersion   int               `json:"latestVersion,omitempty"` // highest number given, also to a publish that broke off
	DraftRevision   int               `json:"draftRevision"`
	DraftHash       string            `json:"draftHash"`
	PublishedHash   string            `json:"publishedHash,omitempty"` // of the newest version that was published
	Archived        bool              `json:"archived,omitempty"`
	EnabledAt       time.Time         `json:"enabledAt,omitzero"`   // when it was last enabled
	DisabledBy      string            `json:"disabledBy,omitempty"` // BySystem; "" when a person did
	DisabledReason  string            `json:"disabledReason,omitempty"`
	Failures        *failing.Settings `json:"failures,omitempty"` // nil: the desk's
	StateMachineArn string            `json:"stateMachineArn,omitempty"`
	RouteType       string            `json:"routeType,omitempty"` // trigger type under which its route is kept, "" when it has none
	CreatedAt       time.Time         `json:"createdAt"`
	UpdatedAt       time.Time         `json:"updatedAt"`
	Revision        int               `json:"-"`
}

// HasUnpublishedChanges tells whether the draft differs from the newest version.
func (h Head) HasUnpublishedChanges() bool { return h.DraftHash != h.PublishedHash }

// BySystem is who switched a workflow off after failures.
const BySystem = "system"

// Patch changes what its members say; nil leaves as it is.
type Patch struct {
	Failures        **failing.Settings // that of nil goes back to the desk's
	Name            *string
	Description     *string
	StateMachineArn *string
}

// Draft is the definition that is being worked on. Revision is what If-Match names.
type Draft struct {
	Definition json.RawMessage
	Revision   int
}

// Statuses of a Version.
const (
	Publishing = "publishing" // number taken, Step Functions has not answered yet
	Published  = "published"
)

// Version is one published definition.
type Version struct {
	N           int       `json:"version"`
	Note        string    `json:"note,omitempty"`
	PublishedAt time.Time `json:"publishedAt"`
	PublishedBy string    `json:"publishedBy"`
	VersionArn  string    `json:"stateMachineVersionArn,omitempty"`
	Status      string    `json:"status"`
	TriggerType string    `json:"triggerType"`
	Hash        string    `json:"hash"`
	Pruned      bool      `json:"pruned,omitempty"` // Step Functions has it no more, or is to drop the VersionArn
}

// Route is what dispatch needs to know of a workflow that has an active version.
type Route struct {
	WorkflowID string          `json:"workflowId"`
	Name       string          `json:"name"`
	Enabled    bool            `json:"enabled"`
	Version    int             `json:"version"`
	VersionArn string          `json:"versionArn"`
	Trigger    json.RawMessage `json:"trigger"` // the definition's trigger: type, params, conditions

	CostMicroUSD int64 `json:"costMicroUsd,omitempty"` // of a typical run, estimated when the version was activated
}

// Hash is the same for two definitions that differ only in spaces or the order of members.
func Hash(definition json.RawMessage) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(definition))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	canonical, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
