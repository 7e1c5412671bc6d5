package dynamodb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

func tableID(created time.Time, name string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, created.UnixNano()))
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// tableNamed finds a table for a call on tables; s.mu is held.
func (s *Service) tableNamed(name string) (*table, error) {
	if name == "" {
		return nil, missing("tableName")
	}
	t := s.tables[s.name(name)]
	if t == nil {
		return nil, &awshttp.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found: Table: " + s.name(name) + " not found"}
	}
	return t, nil
}

func (s *Service) describeTable(c *awshttp.Call) (any, error) {
	var in struct{ TableName string }
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.allow(c, "DescribeTable", in.TableName, "", nil); err != nil {
		return nil, err
	}
	t, err := s.tableNamed(in.TableName)
	if err != nil {
		return nil, err
	}
	d, err := s.description(t, "ACTIVE")
	return map[string]any{"Table": d}, err
}

// seconds is a time as the JSON protocols have it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func schemaJSON(k primaryKey) []map[string]string {
	out := []map[string]string{{"AttributeName": k.partition.Name, "KeyType": "HASH"}}
	if k.sort.Name != "" {
		out = append(out, map[string]string{"AttributeName": k.sort.Name, "KeyType": "RANGE"})
	}
	return out
}

// description is a TableDescription, with sizes counted now and not six hours ago.
func (s *Service) description(t *table, status string) (map[string]any, error) {
	throughput := map[string]any{"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}
	var definitions []map[string]string
	for _, k := range t.spec.definitions() {
		definitions = append(definitions, map[string]string{"AttributeName": k.Name, "AttributeType": k.Type})
	}
	d := map[string]any{
		"TableName": t.spec.Name, "TableArn": t.arn, "TableId": t.id, "TableStatus": status,
		"CreationDateTime": seconds(t.created), "KeySchema": schemaJSON(t.key), "AttributeDefinitions": definitions,
		"ProvisionedThroughput": throughput, "DeletionProtectionEnabled": false,
		"BillingModeSummary": map[string]any{"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": seconds(t.created)},
		"TableClassSummary":  map[string]any{"TableClass": "STANDARD"},
	}
	if t.streamARN != "" {
		d["StreamSpecification"] = map[string]any{"StreamEnabled": true, "StreamViewType": t.spec.Stream}
		d["LatestStreamArn"], d["LatestStreamLabel"] = t.streamARN, t.label
	}
	count := func(b *bbolt.Bucket) (n, size int) {
		_ = b.ForEach(func(_, stored []byte) error {
			bytes, _ := binary.Uvarint(stored)
			n, size = n+1, size+int(bytes)
			return nil
		})
		return n, size
	}
	err := s.view(func(root *bbolt.Bucket) error {
		data := t.data(root)
		d["ItemCount"], d["TableSizeBytes"] = count(data.Bucket([]byte(itemsBucket)))
		var indexes []map[string]any
		for _, x := range t.indexes {
			projection := map[string]any{"ProjectionType": x.spec.Projection}
			if x.spec.Projection == "" {
				projection["ProjectionType"] = ProjectAll
			}
			if len(x.spec.NonKeyAttributes) > 0 {
				projection["NonKeyAttributes"] = x.spec.NonKeyAttributes
			}
			n, size := count(data.Bucket(x.bucket))
			indexes = append(indexes, map[string]any{
				"IndexName": x.spec.Name, "IndexArn": t.arn + "/index/" + x.spec.Name, "IndexStatus": status,
				"KeySchema": schemaJSON(x.key), "Projection": projection, "ProvisionedThroughput": throughput,
				"ItemCount": n, "IndexSizeBytes": size,
			})
		}
		if indexes != nil {
			d["GlobalSecondaryIndexes"] = indexes
		}
		return nil
	})
	return d, err
}

func (s *Service) listTables(c *awshttp.Call) (any, error) {
	var in struct {
		ExclusiveStartTableName string
		Limit                   *int
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := c.Allow("dynamodb:ListTables", "*", nil); err != nil {
		return nil, err
	}
	limit := 100
	if in.Limit != nil {
		if limit = *in.Limit; limit < 1 || limit > 100 {
			return nil, constraint(fmt.Sprint(limit), "limit", "Member must have value between 1 and 100")
		}
	}
	s.mu.RLock()
	names := slices.Sorted(maps.Keys(s.tables))
	s.mu.RUnlock()
	names = slices.DeleteFunc(names, func(n string) bool { return n <= in.ExclusiveStartTableName })
	out := map[string]any{"TableNames": names}
	if names == nil {
		out["TableNames"] = []string{}
	}
	if len(names) > limit {
		out["TableNames"], out["LastEvaluatedTableName"] = names[:limit], names[limit-1]
	}
	return out, nil
}

func (s *Service) createTable(c *awshttp.Call) (any, error) {
	var properties map[string]any
	if err := decode(c, &properties); err != nil {
		return nil, err
	}
	name := text(properties, "TableName")
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.allow(c, "CreateTable", name, "", nil); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, missing("tableName")
	}
	if stream, ok := properties["StreamSpecification"].(map[string]any); ok && stream["StreamEnabled"] != true {
		delete(properties, "StreamSpecification")
	}
	spec, err := FromTemplate(name, properties)
	var invalid attribute.Invalid
	if errors.As(err, &invalid) {
		return nil, invalid // without FromTemplate's words around it
	}
	if err != nil {
		return nil, invalidf("%s", err)
	}
	for _, d := range list(properties["AttributeDefinitions"]) {
		if n := text(d, "AttributeName"); !slices.ContainsFunc(spec.definitions(), func(k Key) bool { return k.Name == n }) {
			return nil, invalidf("One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
		}
	}
	if s.tables[name] != nil {
		return nil, &awshttp.Error{Code: "ResourceInUseException", Message: "Table already exists: " + name}
	}
	now := s.clock.Now()
	t := s.newTable(storedTable{Spec: spec, Created: now, ID: tableID(now, name), Label: now.Format("2006-01-02T15:04:05.000")})
	if err := s.db.Update(func(tx *bbolt.Tx) error { return t.create(tx.Bucket([]byte(rootBucket))) }); err != nil {
		return nil, err
	}
	s.tables[name] = t
	d, err := s.description(t, "CREATING")
	return map[string]any{"TableDescription": d}, err
}

func (s *Service) deleteTable(c *awshttp.Call) (any, error) {
	var in struct{ TableName string }
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.allow(c, "DeleteTable", in.TableName, "", nil); err != nil {
		return nil, err
	}
	t, err := s.tableNamed(in.TableName)
	if err != nil {
		return nil, err
	}
	d, err := s.description(t, "DELETING")
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		root := tx.Bucket([]byte(rootBucket))
		if err := root.DeleteBucket([]byte(dataPrefix + t.spec.Name)); err != nil {
			return err
		}
		return root.Bucket([]byte(tablesBucket)).Delete([]byte(t.spec.Name))
	})
	if err == nil {
		delete(s.tables, t.spec.Name)
	}
	return map[string]any{"TableDescription": d}, err
}
