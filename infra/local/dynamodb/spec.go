package dynamodb

import (
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
	Recoverable  bool   // point-in-time recovery: told, not done
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

// definitions are the key attributes, with their types, of the table and its indexes.
func (t TableSpec) definitions() []Key {
	all := []Key{t.PartitionKey, t.SortKey}
	for _, x := range t.Indexes {
		all = append(all, x.PartitionKey, x.SortKey)
	}
	all = slices.DeleteFunc(all, func(k Key) bool { return k.Name == "" })
	slices.SortFunc(all, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(all)
}
