package dynamodb

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Key is one key attribute; its Type is S, N or B.
type Key struct {
	Name string
	Type string
}

func (k Key) kind() attribute.Kind { return attribute.KindOf(k.Type) }

// The projections of an index.
const (
	ProjectAll      = "ALL"
	ProjectKeysOnly = "KEYS_ONLY"
	ProjectInclude  = "INCLUDE"
)

// IndexSpec is a global secondary index.
type IndexSpec struct {
	Name             string
	PartitionKey     Key
	SortKey          Key      // zero: none
	Projection       string   // default ALL
	NonKeyAttributes []string // with INCLUDE
}

// TableSpec is a table as a template or CreateTable gives it.
type TableSpec struct {
	Name         string
	PartitionKey Key
	SortKey      Key // zero: none
	Indexes      []IndexSpec
	TTL          string // the attribute with the expiry in epoch seconds; "": off
	Stream       string // NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY; "": off
}

// maxIndexes is https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const maxIndexes = 20

var tableName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

// check refuses a table that AWS would refuse, with AWS's text where known.
func (t TableSpec) check() error {
	if !tableName.MatchString(t.Name) {
		return constraint(t.Name, "tableName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ with 3 to 255 characters")
	}
	types := map[string]string{}
	keys := func(where string, partition, sort Key) error {
		if partition.Name == "" {
			return invalidf("No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key")
		}
		if partition.Name == sort.Name {
			return invalidf("Both the Hash Key and the Range Key element in the KeySchema have the same name")
		}
		for _, k := range []Key{partition, sort} {
			if k.Name == "" {
				continue
			}
			switch k.kind() {
			case attribute.S, attribute.N, attribute.B:
			default:
				return invalidf("One or more parameter values were invalid: %s: key attribute %s must have type S, N or B, not %q", where, k.Name, k.Type)
			}
			if was, ok := types[k.Name]; ok && was != k.Type {
				return invalidf("One or more parameter values were invalid: key attribute %s is both %s and %s", k.Name, was, k.Type)
			}
			types[k.Name] = k.Type
		}
		return nil
	}
	if err := keys("table "+t.Name, t.PartitionKey, t.SortKey); err != nil {
		return err
	}
	if len(t.Indexes) > maxIndexes {
		return invalidf("One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of %d", maxIndexes)
	}
	names := map[string]bool{}
	for _, x := range t.Indexes {
		if !tableName.MatchString(x.Name) {
			return constraint(x.Name, "indexName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ with 3 to 255 characters")
		}
		if names[x.Name] {
			return invalidf("One or more parameter values were invalid: Duplicate index name: %s", x.Name)
		}
		names[x.Name] = true
		if err := keys("index "+x.Name, x.PartitionKey, x.SortKey); err != nil {
			return err
		}
		switch x.Projection {
		case "", ProjectAll, ProjectKeysOnly:
			if len(x.NonKeyAttributes) > 0 {
				return invalidf("One or more parameter values were invalid: ProjectionType is %s, but NonKeyAttributes is specified", x.Projection)
			}
		case ProjectInclude:
			if len(x.NonKeyAttributes) == 0 {
				return invalidf("One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
			}
		default:
			return invalidf("One or more parameter values were invalid: Unknown ProjectionType: %s", x.Projection)
		}
	}
	switch t.Stream {
	case "", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY":
	default:
		return invalidf("One or more parameter values were invalid: unknown StreamViewType: %s", t.Stream)
	}
	return nil
}

// names are the key attributes, with their types, of the table and its indexes.
func (t TableSpec) definitions() []Key {
	all := []Key{t.PartitionKey, t.SortKey}
	for _, x := range t.Indexes {
		all = append(all, x.PartitionKey, x.SortKey)
	}
	all = slices.DeleteFunc(all, func(k Key) bool { return k.Name == "" })
	slices.SortFunc(all, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(all)
}

// FromTemplate reads the resolved Properties of an AWS::DynamoDB::Table; name is used
// when the template gives no TableName. A property that would need something this
// package does not play is an error.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
func FromTemplate(name string, properties map[string]any) (TableSpec, error) {
	spec := TableSpec{Name: name}
	fail := func(format string, args ...any) (TableSpec, error) {
		return TableSpec{}, fmt.Errorf("table %s: "+format, append([]any{spec.Name}, args...)...)
	}
	if n, ok := properties["TableName"].(string); ok {
		spec.Name = n
	}
	types := map[string]string{}
	for _, d := range list(properties["AttributeDefinitions"]) {
		types[text(d, "AttributeName")] = text(d, "AttributeType")
	}
	var err error
	if spec.PartitionKey, spec.SortKey, err = keySchema(list(properties["KeySchema"]), types); err != nil {
		return fail("%w", err)
	}
	if len(list(properties["LocalSecondaryIndexes"])) > 0 {
		return fail("LocalSecondaryIndexes are not played locally; use a GlobalSecondaryIndex")
	}
	for _, g := range list(properties["GlobalSecondaryIndexes"]) {
		x := IndexSpec{Name: text(g, "IndexName")}
		if x.PartitionKey, x.SortKey, err = keySchema(list(g["KeySchema"]), types); err != nil {
			return fail("index %s: %w", x.Name, err)
		}
		projection, _ := g["Projection"].(map[string]any)
		x.Projection = text(projection, "ProjectionType")
		attributes, _ := projection["NonKeyAttributes"].([]any)
		for _, a := range attributes {
			x.NonKeyAttributes = append(x.NonKeyAttributes, fmt.Sprint(a))
		}
		spec.Indexes = append(spec.Indexes, x)
	}
	if ttl, ok := properties["TimeToLiveSpecification"].(map[string]any); ok && fmt.Sprint(ttl["Enabled"]) == "true" {
		spec.TTL = text(ttl, "AttributeName")
	}
	if stream, ok := properties["StreamSpecification"].(map[string]any); ok {
		spec.Stream = text(stream, "StreamViewType")
	}
	if err := spec.check(); err != nil {
		return fail("%w", err)
	}
	return spec, nil
}

func list(v any) []map[string]any {
	var out []map[string]any
	all, _ := v.([]any)
	for _, e := range all {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// keySchema reads [{AttributeName, KeyType}].
func keySchema(schema []map[string]any, types map[string]string) (partition, sort Key, err error) {
	for _, e := range schema {
		k := Key{Name: text(e, "AttributeName")}
		k.Type = types[k.Name]
		if k.Type == "" {
			return partition, sort, invalidf("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [%s]", k.Name)
		}
		switch into := map[string]*Key{"HASH": &partition, "RANGE": &sort}[text(e, "KeyType")]; {
		case into == nil:
			return partition, sort, invalidf("key attribute %s: KeyType must be HASH or RANGE, not %q", k.Name, text(e, "KeyType"))
		case into.Name != "":
			return partition, sort, invalidf("several %s attributes in one key (%s, %s) are not played locally", text(e, "KeyType"), into.Name, k.Name)
		default:
			*into = k
		}
	}
	return partition, sort, nil
}
