package dynamodb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

// wire sends a raw call and returns the code and message of its error.
func wire(tb testing.TB, db *dynamodb.T, action, body string) (code, message string) {
	tb.Helper()
	r := must(http.NewRequest("POST", db.URL, strings.NewReader(body)))(tb)
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+action)
	res := must(http.DefaultClient.Do(r))(tb)
	defer res.Body.Close()
	data := must(io.ReadAll(res.Body))(tb)
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(data, &e); err != nil {
		tb.Fatalf("%v: %s", err, data)
	}
	return e.Type, e.Message
}

// TestRefusals sends calls that AWS refuses, as JSON, and compares the whole message.
func TestRefusals(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	put(t, db, with(key("a", "1"), item{"s": str("text"), "n": num("1"), "m": doc(item{"x": num("1")}), "big": num("9" + strings.Repeat("0", 125))}))
	const k = `"TableName":"desk","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}`
	const it = `"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"}}`
	const q = `"TableName":"desk","KeyConditionExpression":`
	long := strings.Repeat("x", 2049)
	for name, tc := range map[string]struct{ action, body, message string }{
		"no such attribute name":  {"GetItem", `{` + k + `,"ProjectionExpression":"#a"}`, "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #a"},
		"reserved word":           {"GetItem", `{` + k + `,"ProjectionExpression":"a, Name"}`, "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: Name"},
		"overlap in a projection": {"GetItem", `{` + k + `,"ProjectionExpression":"a, a.b"}`, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]"},
		"empty expression":        {"GetItem", `{` + k + `,"ProjectionExpression":""}`, "Invalid ProjectionExpression: The expression can not be empty;"},
		"unused name":             {"GetItem", `{` + k + `,"ProjectionExpression":"a","ExpressionAttributeNames":{"#b":"b"}}`, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"},
		"names without expression": {"GetItem", `{` + k + `,"ExpressionAttributeNames":{"#b":"b"}}`,
			"ExpressionAttributeNames can only be specified when using expressions: ProjectionExpression is null"},
		"values without expression": {"UpdateItem", `{` + k + `,"ExpressionAttributeValues":{":b":{"S":"b"}}}`,
			"ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null"},
		"bad placeholder":      {"PutItem", `{` + it + `,"ConditionExpression":"a = :b","ExpressionAttributeValues":{"b":{"S":"b"}}}`, `ExpressionAttributeValues contains invalid key: Syntax error; key: "b"`},
		"no such value":        {"PutItem", `{` + it + `,"ConditionExpression":"a = :b"}`, "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :b"},
		"syntax":               {"PutItem", `{` + it + `,"ConditionExpression":"a = = :b"}`, `Invalid ConditionExpression: Syntax error; token: "=", near: "= = :b"`},
		"syntax at the end":    {"PutItem", `{` + it + `,"ConditionExpression":"a ="}`, `Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="`},
		"unknown function":     {"PutItem", `{` + it + `,"ConditionExpression":"exists(a)"}`, "Invalid ConditionExpression: Invalid function name; function: exists"},
		"operands of function": {"PutItem", `{` + it + `,"ConditionExpression":"attribute_exists(a, b)"}`, "Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"},
		"begins_with number": {"PutItem", `{` + it + `,"ConditionExpression":"begins_with(a, :n)","ExpressionAttributeValues":{":n":{"N":"1"}}}`,
			"Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		"between upside down": {"PutItem", `{` + it + `,"ConditionExpression":"a BETWEEN :h AND :l","ExpressionAttributeValues":{":h":{"N":"5"},":l":{"N":"1"}}}`,
			"Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}"},
		"redundant parentheses": {"PutItem", `{` + it + `,"ConditionExpression":"((attribute_exists(a)))"}`, "Invalid ConditionExpression: The expression has redundant parentheses;"},
		"update a key":          {"UpdateItem", `{` + k + `,"UpdateExpression":"SET pk = :b","ExpressionAttributeValues":{":b":{"S":"b"}}}`, "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"},
		"section twice":         {"UpdateItem", `{` + k + `,"UpdateExpression":"REMOVE a REMOVE b"}`, `Invalid UpdateExpression: The "REMOVE" section can only be used once in an update expression;`},
		"paths conflict":        {"UpdateItem", `{` + k + `,"UpdateExpression":"REMOVE a.b, a[1]"}`, "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]"},
		"add text": {"UpdateItem", `{` + k + `,"UpdateExpression":"ADD a :b","ExpressionAttributeValues":{":b":{"S":"b"}}}`,
			"Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
		"add to text":           {"UpdateItem", `{` + k + `,"UpdateExpression":"ADD s :b","ExpressionAttributeValues":{":b":{"N":"1"}}}`, "An operand in the update expression has an incorrect data type"},
		"sum of missing":        {"UpdateItem", `{` + k + `,"UpdateExpression":"SET a = nope + :b","ExpressionAttributeValues":{":b":{"N":"1"}}}`, "The provided expression refers to an attribute that does not exist in the item"},
		"path into nothing":     {"UpdateItem", `{` + k + `,"UpdateExpression":"SET a.b = :b","ExpressionAttributeValues":{":b":{"N":"1"}}}`, "The document path provided in the update expression is invalid for update"},
		"overflow":              {"UpdateItem", `{` + k + `,"UpdateExpression":"ADD big :b","ExpressionAttributeValues":{":b":{"N":"1E125"}}}`, "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		"key of another shape":  {"GetItem", `{"TableName":"desk","Key":{"pk":{"S":"a"}}}`, "The provided key element does not match the schema"},
		"key of another type":   {"GetItem", `{"TableName":"desk","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}`, "The provided key element does not match the schema"},
		"empty key":             {"GetItem", `{"TableName":"desk","Key":{"pk":{"S":""},"sk":{"S":"1"}}}`, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		"item without key":      {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"}}}`, "One or more parameter values were invalid: Missing the key sk in the item"},
		"item with another key": {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}`, "One or more parameter values were invalid: Type mismatch for key sk expected: S actual: N"},
		"long partition key":    {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"` + long + `"},"sk":{"S":"1"}}}`, "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		"long sort key":         {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"` + long + `"}}}`, "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
		"too large":             {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{"S":"` + strings.Repeat("x", 400<<10) + `"}}}`, "Item size has exceeded the maximum allowed size"},
		"too deep":              {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":` + strings.Repeat(`{"L":[`, 33) + `{"NULL":true}` + strings.Repeat(`]}`, 33) + `}}`, "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"},
		"39 digits":             {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{"N":"` + strings.Repeat("1", 39) + `"}}}`, "Attempting to store more than 38 significant digits in a Number"},
		"no number":             {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{"N":"one"}}}`, "The parameter cannot be converted to a numeric value: one"},
		"empty set":             {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{"SS":[]}}}`, "One or more parameter values were invalid: An string set  may not be empty"},
		"member twice":          {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{"SS":["a","a"]}}}`, "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
		"no type":               {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{}}}`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		"two types":             {"PutItem", `{"TableName":"desk","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"v":{"S":"a","N":"1"}}}`, "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"},
		"return values":         {"PutItem", `{` + it + `,"ReturnValues":"ALL_NEW"}`, "ReturnValues can only be ALL_OLD or NONE"},
		"query without key":     {"Query", `{` + q + `"sk = :a","ExpressionAttributeValues":{":a":{"S":"a"}}}`, "Query condition missed key schema element: pk"},
		"query over partitions": {"Query", `{` + q + `"pk > :a","ExpressionAttributeValues":{":a":{"S":"a"}}}`, "Query key condition not supported"},
		"query of two":          {"Query", `{` + q + `"pk = :a AND sk > :a AND sk < :a","ExpressionAttributeValues":{":a":{"S":"a"}}}`, "KeyConditionExpressions must only contain one condition per key"},
		"query of another type": {"Query", `{` + q + `"pk = :a","ExpressionAttributeValues":{":a":{"N":"1"}}}`, "One or more parameter values were invalid: Condition parameter type does not match schema type"},
		"query with OR":         {"Query", `{` + q + `"pk = :a OR sk = :a","ExpressionAttributeValues":{":a":{"S":"a"}}}`, "Invalid operator used in KeyConditionExpression: OR"},
		"filter by key":         {"Query", `{` + q + `"pk = :a","FilterExpression":"sk = :a","ExpressionAttributeValues":{":a":{"S":"a"}}}`, "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		"limit":                 {"Query", `{` + q + `"pk = :a","Limit":0,"ExpressionAttributeValues":{":a":{"S":"a"}}}`, "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		"start elsewhere": {"Query", `{` + q + `"pk = :a","ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"S":"1"}},"ExpressionAttributeValues":{":a":{"S":"a"}}}`,
			"The provided starting key is outside query boundaries based on provided conditions"},
		"no such index":    {"Query", `{` + q + `"pk = :a","IndexName":"nope","ExpressionAttributeValues":{":a":{"S":"a"}}}`, "The table does not have the specified index: nope"},
		"legacy update":    {"UpdateItem", `{` + k + `,"AttributeUpdates":{}}`, "The local DynamoDB does not support the legacy parameter AttributeUpdates; use UpdateExpression"},
		"legacy query":     {"Query", `{"TableName":"desk","KeyConditions":{}}`, "The local DynamoDB does not support the legacy parameter KeyConditions; use KeyConditionExpression"},
		"empty request":    {"GetItem", `{}`, "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"},
		"two in one place": {"TransactWriteItems", `{"TransactItems":[{"Put":{` + it + `},"Delete":{` + k + `}}]}`, "TransactItems can only contain one of Check, Put, Update or Delete"},
	} {
		t.Run(name, func(t *testing.T) {
			code, message := wire(t, db, tc.action, tc.body)
			if code != "ValidationException" || message != tc.message {
				t.Errorf("got  %s %s\nwant %s", code, message, tc.message)
			}
		})
	}
	for name, tc := range map[string]struct{ action, body, code string }{
		"no table":         {"GetItem", `{"TableName":"nope","Key":{"pk":{"S":"a"}}}`, "ResourceNotFoundException"},
		"describe none":    {"DescribeTable", `{"TableName":"nope"}`, "ResourceNotFoundException"},
		"unknown":          {"ExecuteStatement", `{}`, "UnknownOperationException"},
		"not JSON":         {"GetItem", `{`, "SerializationException"},
		"string for list":  {"PutItem", `{"TableName":"desk","Item":{"pk":{"L":"a"}}}`, "SerializationException"},
		"number as number": {"PutItem", `{"TableName":"desk","Item":{"pk":{"N":1}}}`, "SerializationException"},
		"base64":           {"PutItem", `{"TableName":"desk","Item":{"pk":{"B":"?"}}}`, "SerializationException"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, message := wire(t, db, tc.action, tc.body); code != tc.code {
				t.Errorf("got %s %s, want %s", code, message, tc.code)
			}
		})
	}
}

func TestTables(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	in := &sdk.CreateTableInput{TableName: aws.String("made"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: "S"}, {AttributeName: aws.String("at"), AttributeType: "N"}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: "HASH"}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{IndexName: aws.String("by-at"), KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("at"), KeyType: "HASH"}},
			Projection: &types.Projection{ProjectionType: "INCLUDE", NonKeyAttributes: []string{"x"}}}},
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: "NEW_IMAGE"}}
	must(db.CreateTable(ctx, in))(t)
	_, err := db.CreateTable(ctx, in)
	failed(t, err, "ResourceInUseException", "made")
	if err := sdk.NewTableExistsWaiter(db).Wait(ctx, &sdk.DescribeTableInput{TableName: in.TableName}, 1e9); err != nil {
		t.Fatal(err)
	}
	must(db.PutItem(ctx, &sdk.PutItemInput{TableName: in.TableName, Item: item{"id": str("a"), "at": num("1")}}))(t)
	d := must(db.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: in.TableName}))(t).Table
	if d.TableStatus != "ACTIVE" || *d.ItemCount != 1 || *d.TableSizeBytes != 3+4 || len(d.GlobalSecondaryIndexes) != 1 || *d.GlobalSecondaryIndexes[0].ItemCount != 1 ||
		d.GlobalSecondaryIndexes[0].Projection.NonKeyAttributes[0] != "x" || !strings.HasSuffix(*d.LatestStreamArn, ":table/made/stream/2026-01-05T09:00:00.000") || !d.CreationDateTime.Equal(dynamodb.Start) {
		t.Errorf("%+v", d)
	}
	if got := must(db.GetItem(ctx, &sdk.GetItemInput{TableName: d.TableArn, Key: item{"id": str("a")}}))(t).Item; got == nil {
		t.Error("an ARN for the table's name finds nothing")
	}
	ttl := &sdk.UpdateTimeToLiveInput{TableName: in.TableName, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("at"), Enabled: aws.Bool(true)}}
	must(db.UpdateTimeToLive(ctx, ttl))(t)
	_, err = db.UpdateTimeToLive(ctx, ttl)
	failed(t, err, "ValidationException", "TimeToLive is already enabled")
	if s := must(db.DescribeTimeToLive(ctx, &sdk.DescribeTimeToLiveInput{TableName: in.TableName}))(t).TimeToLiveDescription; s.TimeToLiveStatus != "ENABLED" || *s.AttributeName != "at" {
		t.Errorf("%+v", s)
	}
	list := must(db.ListTables(ctx, &sdk.ListTablesInput{Limit: aws.Int32(1)}))(t)
	if !slices.Equal(list.TableNames, []string{"desk"}) || *list.LastEvaluatedTableName != "desk" {
		t.Errorf("%v", list.TableNames)
	}
	must(db.DeleteTable(ctx, &sdk.DeleteTableInput{TableName: in.TableName}))(t)
	_, err = db.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: in.TableName})
	failed(t, err, "ResourceNotFoundException", "Table: made not found")
	must(db.CreateTable(ctx, in))(t)
	if got := must(db.Scan(ctx, &sdk.ScanInput{TableName: in.TableName}))(t); got.Count != 0 {
		t.Errorf("a table made anew holds %v", got.Items)
	}
}

func TestFromTemplate(t *testing.T) {
	var properties map[string]any
	if err := json.NewDecoder(bytes.NewReader([]byte(`{
		"AttributeDefinitions": [{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"gsi1pk","AttributeType":"S"},{"AttributeName":"gsi1sk","AttributeType":"N"}],
		"KeySchema": [{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"GlobalSecondaryIndexes": [
			{"IndexName":"gsi1","KeySchema":[{"AttributeName":"gsi1pk","KeyType":"HASH"},{"AttributeName":"gsi1sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}},
			{"IndexName":"some","KeySchema":[{"AttributeName":"sk","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["v"]}}],
		"TimeToLiveSpecification": {"AttributeName":"ttl","Enabled":true}, "StreamSpecification": {"StreamViewType":"NEW_AND_OLD_IMAGES"}}`))).Decode(&properties); err != nil {
		t.Fatal(err)
	}
	got := must(dynamodb.FromTemplate("desk", properties))(t)
	want := desk
	want.Indexes = []dynamodb.IndexSpec{desk.Indexes[0], desk.Indexes[2]}
	want.Indexes[0].Projection = "ALL"
	same(t, want, got)
	properties["LocalSecondaryIndexes"] = []any{map[string]any{"IndexName": "l"}}
	if _, err := dynamodb.FromTemplate("desk", properties); err == nil || !strings.Contains(err.Error(), "LocalSecondaryIndexes") {
		t.Errorf("a local index: %v", err)
	}
}

// rules allows exactly the listed "action resource" pairs to the role of any key but "admin".
type rules struct{ allowed []string }

func (r rules) ByAccessKey(k string) awshttp.Principal {
	return awshttp.Principal{ARN: "arn:aws:iam::123456789012:role/" + k, Admin: k == "admin"}
}

func (r rules) Authorize(p awshttp.Principal, action, resource string, c map[string]string) error {
	if slices.Contains(r.allowed, action+" "+strings.TrimPrefix(resource, "arn:aws:dynamodb:us-east-1:123456789012:table/")+" "+c["dynamodb:LeadingKeys"]) {
		return nil
	}
	return errors.New("User: " + p.ARN + " is not authorized to perform: " + action + " on resource: " + resource)
}

func TestPermissions(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	as := func(allowed ...string) *sdk.Client {
		e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1", Auth: rules{allowed}}
		e.Handle("dynamodb", db.Service)
		server := httptest.NewServer(e)
		t.Cleanup(server.Close)
		return sdk.New(sdk.Options{BaseEndpoint: &server.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("worker", "x", "")})
	}
	name := aws.String("desk")
	deny := func(err error, action, resource string) {
		t.Helper()
		failed(t, err, "AccessDeniedException", "is not authorized to perform: dynamodb:"+action+" on resource: arn:aws:dynamodb:us-east-1:123456789012:table/"+resource)
	}
	_, err := as().PutItem(ctx, &sdk.PutItemInput{TableName: name, Item: key("a", "1")})
	deny(err, "PutItem", "desk")
	must(as("dynamodb:PutItem desk a").PutItem(ctx, &sdk.PutItemInput{TableName: name, Item: key("a", "1")}))(t)
	index := query("gsi1pk = :a", item{":a": str("a")})
	index.IndexName = aws.String("gsi1")
	_, err = as("dynamodb:Query desk ").Query(ctx, index)
	deny(err, "Query", "desk/index/gsi1")
	must(as("dynamodb:Query desk/index/gsi1 ").Query(ctx, index))(t)
	both := &sdk.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: name, Item: key("b", "1")}},
		{ConditionCheck: &types.ConditionCheck{TableName: name, Key: key("a", "1"), ConditionExpression: aws.String("attribute_exists(pk)")}}}}
	_, err = as("dynamodb:PutItem desk b").TransactWriteItems(ctx, both)
	deny(err, "ConditionCheckItem", "desk")
	must(as("dynamodb:PutItem desk b", "dynamodb:ConditionCheckItem desk a").TransactWriteItems(ctx, both))(t)
	_, err = as("dynamodb:GetItem desk a").BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"desk": {Keys: []map[string]types.AttributeValue{key("a", "1")}}}})
	deny(err, "BatchGetItem", "desk")
}
