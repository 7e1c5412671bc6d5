package cfn

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// views are the typed readings of the resources, each sorted by logical id.
type views struct {
	functions     []Function
	sources       []EventSource
	tables        []Table
	queues        []Queue
	buses         []Bus
	rules         []Rule
	schedules     []Schedule
	roles         []Role
	buckets       []Bucket
	receiptRules  []ReceiptRule
	apis          []HTTPAPI
	permissions   []Permission
	queuePolicies []ResourcePolicy
	bucketPolicy  []ResourcePolicy
	identities    []string
	mailSets      []ConfigurationSet
}

// Functions are the Lambda functions.
func (s *Stack) Functions() []Function { return s.functions }

// EventSources are the mappings from queues and streams to functions.
func (s *Stack) EventSources() []EventSource { return s.sources }

// Tables are the DynamoDB tables.
func (s *Stack) Tables() []Table { return s.tables }

// Queues are the SQS queues.
func (s *Stack) Queues() []Queue { return s.queues }

// Buses are the event buses of the template, without "default".
func (s *Stack) Buses() []Bus { return s.buses }

// Rules are the EventBridge rules, with a pattern or a schedule.
func (s *Stack) Rules() []Rule { return s.rules }

// Schedules are the EventBridge Scheduler schedules.
func (s *Stack) Schedules() []Schedule { return s.schedules }

// Roles are the IAM roles with every policy that is attached to them.
func (s *Stack) Roles() []Role { return s.roles }

// Buckets are the S3 buckets.
func (s *Stack) Buckets() []Bucket { return s.buckets }

// ReceiptRules are SES's rules for incoming mail, in their order.
func (s *Stack) ReceiptRules() []ReceiptRule { return s.receiptRules }

// HTTPAPIs are the HTTP APIs.
func (s *Stack) HTTPAPIs() []HTTPAPI { return s.apis }

// HTTPAPI is the template's only (or first) HTTP API, nil when it has none.
func (s *Stack) HTTPAPI() *HTTPAPI {
	if len(s.apis) == 0 {
		return nil
	}
	return &s.apis[0]
}

// Permissions are the Lambda functions' resource policies, one statement each.
func (s *Stack) Permissions() []Permission { return s.permissions }

// QueuePolicies are the queues' resource policies.
func (s *Stack) QueuePolicies() []ResourcePolicy { return s.queuePolicies }

// BucketPolicies are the buckets' resource policies.
func (s *Stack) BucketPolicies() []ResourcePolicy { return s.bucketPolicy }

// Identities are the SES e-mail identities (domains and addresses) of the template.
func (s *Stack) Identities() []string { return s.identities }

// fill reads every view; the order matters where one needs another.
func (s *Stack) fill() error {
	for _, f := range []func() error{
		s.fillRoles, s.fillFunctions, s.fillSources, s.fillTables, s.fillQueues, s.fillEvents, s.fillBuckets,
		s.fillReceipt, s.fillSets, s.fillAPIs, s.fillPermissions,
	} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// each decodes the properties of every resource of a type.
func each[P any](s *Stack, kind string, f func(r Resource, p P) error) error {
	for _, id := range sortedKeys(s.Resources) {
		r := s.Resources[id]
		if r.Type != kind {
			continue
		}
		var p P
		data, err := json.Marshal(r.Properties)
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err == nil {
			err = f(r, p)
		}
		if err != nil {
			return fmt.Errorf("resource %s (%s): %w", id, kind, err)
		}
	}
	return nil
}

func (s *Stack) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + s.Region + ":" + s.Account + ":" + resource
}

// integer takes 5 and "5", as CloudFormation does.
type integer int

func (n *integer) UnmarshalJSON(b []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(b), `"`))
	if err != nil {
		return fmt.Errorf("%s is not a whole number", b)
	}
	*n = integer(v)
	return nil
}

func (n *integer) or(fallback int) int {
	if n == nil {
		return fallback
	}
	return int(*n)
}

func (n *integer) seconds(fallback int) time.Duration {
	return time.Duration(n.or(fallback)) * time.Second
}

// decimal takes 0.5 and "0.5".
type decimal float64

func (n *decimal) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err != nil {
		return fmt.Errorf("%s is not a number", b)
	}
	*n = decimal(v)
	return nil
}

// boolean takes true and "true".
type boolean bool

func (v *boolean) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseBool(strings.Trim(string(b), `"`))
	if err != nil {
		return fmt.Errorf("%s is not true or false", b)
	}
	*v = boolean(x)
	return nil
}

func (v *boolean) or(fallback bool) bool {
	if v == nil {
		return fallback
	}
	return bool(*v)
}

// scalarText takes any scalar as text.
type scalarText string

func (v *scalarText) UnmarshalJSON(b []byte) error {
	var x any
	if err := json.Unmarshal(b, &x); err != nil {
		return err
	}
	switch x.(type) {
	case map[string]any, []any:
		return fmt.Errorf("%s is not a string", b)
	}
	*v = scalarText(text(x))
	return nil
}

// document is a policy: written as a map, or as a string of JSON.
type document json.RawMessage

func (d *document) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		b = []byte(s)
	}
	if !json.Valid(b) {
		return fmt.Errorf("the policy document is not JSON")
	}
	*d = append(document(nil), b...)
	return nil
}
