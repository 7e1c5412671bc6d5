package dynamodb_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
func strs(s ...string) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: s}
}
func list(v ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: v}
}
func doc(m item) types.AttributeValue { return &types.AttributeValueMemberM{Value: m} }

// same compares answers of the SDK.
func same(tb testing.TB, want, got any) {
	tb.Helper()
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{}, types.AttributeValueMemberBOOL{},
		types.AttributeValueMemberNULL{}, types.AttributeValueMemberM{}, types.AttributeValueMemberL{}, types.AttributeValueMemberSS{},
		types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{}, types.ConsumedCapacity{}, types.Capacity{}, types.CancellationReason{},
	), cmpopts.IgnoreTypes(middleware.Metadata{}), cmpopts.EquateEmpty()); d != "" {
		tb.Errorf("mismatch (-want +got):\n%s", d)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// failed checks an error's code and that its message contains a text.
func failed(tb testing.TB, err error, code, text string) {
	tb.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		tb.Fatalf("want %s, got %v", code, err)
	}
	if api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		tb.Errorf("want %s %q\n got %s %q", code, text, api.ErrorCode(), api.ErrorMessage())
	}
}

var desk = dynamodb.TableSpec{
	Name:         "desk",
	PartitionKey: dynamodb.Key{Name: "pk", Type: "S"},
	SortKey:      dynamodb.Key{Name: "sk", Type: "S"},
	Indexes: []dynamodb.IndexSpec{
		{Name: "gsi1", PartitionKey: dynamodb.Key{Name: "gsi1pk", Type: "S"}, SortKey: dynamodb.Key{Name: "gsi1sk", Type: "N"}},
		{Name: "keys", PartitionKey: dynamodb.Key{Name: "gsi1pk", Type: "S"}, Projection: dynamodb.ProjectKeysOnly},
		{Name: "some", PartitionKey: dynamodb.Key{Name: "sk", Type: "S"}, Projection: dynamodb.ProjectInclude, NonKeyAttributes: []string{"v"}},
	},
	TTL:    "ttl",
	Stream: "NEW_AND_OLD_IMAGES",
}

var ctx = context.Background()

func key(pk, sk string) item { return item{"pk": str(pk), "sk": str(sk)} }

func with(base item, more item) item {
	out := item{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func put(tb testing.TB, db *dynamodb.T, it item) {
	tb.Helper()
	if _, err := db.PutItem(ctx, &sdk.PutItemInput{TableName: aws.String("desk"), Item: it}); err != nil {
		tb.Fatal(err)
	}
}

func get(tb testing.TB, db *dynamodb.T, pk, sk string) item {
	tb.Helper()
	out, err := db.GetItem(ctx, &sdk.GetItemInput{TableName: aws.String("desk"), Key: key(pk, sk)})
	if err != nil {
		tb.Fatal(err)
	}
	return out.Item
}

func TestItems(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	everything := with(key("a", "1"), item{
		"s": str("héllo \u2028 \"q\" \\ \n <&>"), "empty": str(""), "n": num("-12.5"), "b": &types.AttributeValueMemberB{Value: []byte{0, 1, 255}},
		"t": &types.AttributeValueMemberBOOL{Value: true}, "nil": &types.AttributeValueMemberNULL{Value: true},
		"ss": strs("a", "b"), "ns": &types.AttributeValueMemberNS{Value: []string{"1", "2", "10"}}, "bs": &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"l": list(str("x"), num("1"), list()), "m": doc(item{"k": doc(item{}), "j": num("0")}),
	})
	t.Run("every type comes back as it went in", func(t *testing.T) {
		put(t, db, everything)
		same(t, everything, get(t, db, "a", "1"))
	})
	t.Run("none is no item", func(t *testing.T) {
		if got := get(t, db, "a", "2"); got != nil {
			t.Errorf("got %v", got)
		}
	})
	t.Run("put replaces and returns the old one", func(t *testing.T) {
		out := must(db.PutItem(ctx, &sdk.PutItemInput{TableName: aws.String("desk"), Item: with(key("a", "1"), item{"v": num("1")}), ReturnValues: types.ReturnValueAllOld}))(t)
		same(t, everything, out.Attributes)
		same(t, with(key("a", "1"), item{"v": num("1")}), get(t, db, "a", "1"))
	})
	t.Run("numbers are normalised", func(t *testing.T) {
		for in, want := range map[string]string{"007.500": "7.5", "1E3": "1000", "-0": "0", "1e-5": "0.00001", "+5": "5", ".5": "0.5"} {
			put(t, db, with(key("n", in), item{"v": num(in)}))
			same(t, with(key("n", in), item{"v": num(want)}), get(t, db, "n", in))
		}
	})
	t.Run("projection", func(t *testing.T) {
		put(t, db, with(key("p", "1"), item{"l": list(num("0"), num("1"), doc(item{"x": num("2"), "y": num("3")})), "name": str("N"), "q": num("1")}))
		out := must(db.GetItem(ctx, &sdk.GetItemInput{TableName: aws.String("desk"), Key: key("p", "1"),
			ProjectionExpression: aws.String("l[2].x, l[0], #n, absent.z"), ExpressionAttributeNames: map[string]string{"#n": "name"}}))(t)
		same(t, item{"l": list(num("0"), doc(item{"x": num("2")})), "name": str("N")}, out.Item)
	})
	t.Run("delete", func(t *testing.T) {
		put(t, db, with(key("d", "1"), item{"v": num("1")}))
		out := must(db.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: aws.String("desk"), Key: key("d", "1"), ReturnValues: types.ReturnValueAllOld}))(t)
		same(t, with(key("d", "1"), item{"v": num("1")}), out.Attributes)
		must(db.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: aws.String("desk"), Key: key("d", "1")}))(t)
		if got := get(t, db, "d", "1"); got != nil {
			t.Errorf("got %v", got)
		}
	})
	t.Run("condition", func(t *testing.T) {
		put(t, db, with(key("c", "1"), item{"v": num("1")}))
		_, err := db.PutItem(ctx, &sdk.PutItemInput{TableName: aws.String("desk"), Item: key("c", "1"), ConditionExpression: aws.String("attribute_not_exists(pk)"),
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
		failed(t, err, "ConditionalCheckFailedException", "The conditional request failed")
		var cond *types.ConditionalCheckFailedException
		if !errors.As(err, &cond) {
			t.Fatal(err)
		}
		same(t, with(key("c", "1"), item{"v": num("1")}), cond.Item)
		must(db.PutItem(ctx, &sdk.PutItemInput{TableName: aws.String("desk"), Item: key("c", "2"), ConditionExpression: aws.String("attribute_not_exists(pk)")}))(t)
	})
	t.Run("update", func(t *testing.T) {
		in := &sdk.UpdateItemInput{TableName: aws.String("desk"), Key: key("u", "1"), ReturnValues: types.ReturnValueAllNew,
			UpdateExpression:          aws.String("SET a = if_not_exists(a, :zero) + :one, #l = list_append(if_not_exists(#l, :none), :l) ADD n :one, tags :t"),
			ExpressionAttributeNames:  map[string]string{"#l": "list"},
			ExpressionAttributeValues: item{":zero": num("0"), ":one": num("1"), ":none": list(), ":l": list(str("x")), ":t": strs("red")}}
		must(db.UpdateItem(ctx, in))(t)
		out := must(db.UpdateItem(ctx, in))(t)
		same(t, with(key("u", "1"), item{"a": num("2"), "list": list(str("x"), str("x")), "n": num("2"), "tags": strs("red")}), out.Attributes)
		in = &sdk.UpdateItemInput{TableName: aws.String("desk"), Key: key("u", "1"), ReturnValues: types.ReturnValueUpdatedNew,
			UpdateExpression:          aws.String("DELETE tags :t REMOVE #l[0] SET a = a - :five"),
			ExpressionAttributeNames:  map[string]string{"#l": "list"},
			ExpressionAttributeValues: item{":five": num("5"), ":t": strs("red", "blue")}}
		same(t, item{"a": num("-3"), "list": list(str("x"))}, must(db.UpdateItem(ctx, in))(t).Attributes)
		same(t, with(key("u", "1"), item{"a": num("-3"), "list": list(str("x")), "n": num("2")}), get(t, db, "u", "1"))
	})
}

func TestUpsert(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	for name, tc := range map[string]struct {
		expression *string
		values     item
		want       item
	}{
		"nothing makes the key":          {nil, nil, key("u", "1")},
		"set makes the item":             {aws.String("SET a = :a"), item{":a": num("1")}, with(key("u", "1"), item{"a": num("1")})},
		"add counts from zero":           {aws.String("ADD a :a REMOVE b"), item{":a": num("1")}, with(key("u", "1"), item{"a": num("1")})},
		"taking away alone makes none":   {aws.String("REMOVE a, b"), nil, nil},
		"taking from a set makes none":   {aws.String("DELETE a :a"), item{":a": strs("x")}, nil},
		"a value that depends on itself": {aws.String("SET a = if_not_exists(a, :a) + :a"), item{":a": num("2")}, with(key("u", "1"), item{"a": num("4")})},
	} {
		t.Run(name, func(t *testing.T) {
			must(db.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: aws.String("desk"), Key: key("u", "1")}))(t)
			must(db.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: aws.String("desk"), Key: key("u", "1"), UpdateExpression: tc.expression, ExpressionAttributeValues: tc.values}))(t)
			same(t, tc.want, get(t, db, "u", "1"))
		})
	}
}

func TestReturnValues(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	old := with(key("r", "1"), item{"a": num("1"), "m": doc(item{"x": num("1"), "y": num("2")}), "z": str("z")})
	set := func(rv types.ReturnValue) item {
		t.Helper()
		put(t, db, old)
		return must(db.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: aws.String("desk"), Key: key("r", "1"), ReturnValues: rv,
			UpdateExpression: aws.String("SET m.x = :v, b = :v REMOVE a"), ExpressionAttributeValues: item{":v": num("9")}}))(t).Attributes
	}
	now := with(key("r", "1"), item{"b": num("9"), "m": doc(item{"x": num("9"), "y": num("2")}), "z": str("z")})
	for rv, want := range map[types.ReturnValue]item{
		types.ReturnValueNone: nil, types.ReturnValueAllOld: old, types.ReturnValueAllNew: now,
		types.ReturnValueUpdatedOld: {"a": num("1"), "m": doc(item{"x": num("1")})},
		types.ReturnValueUpdatedNew: {"b": num("9"), "m": doc(item{"x": num("9")})},
	} {
		t.Run(string(rv), func(t *testing.T) { same(t, want, set(rv)) })
	}
}

var streamNull = types.AttributeValueMemberNULL{Value: true}

func TestFailNext(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	in := &sdk.PutItemInput{TableName: aws.String("desk"), Item: key("a", "1")}
	db.Service.FailNext("PutItem", &awshttp.Error{Code: "ProvisionedThroughputExceededException", Message: "slow down"})
	put(t, db, key("a", "1")) // the SDK tries again
	db.Service.FailNext("PutItem", &awshttp.Error{Code: "AccessDeniedException", Message: "no"})
	_, err := db.PutItem(ctx, in)
	failed(t, err, "AccessDeniedException", "no")
	must(db.PutItem(ctx, in))(t)
}
