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

func TestTransactions(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	name := aws.String("desk")
	write := func(token string, items ...types.TransactWriteItem) error {
		in := &sdk.TransactWriteItemsInput{TransactItems: items}
		if token != "" {
			in.ClientRequestToken = &token
		}
		_, err := db.TransactWriteItems(ctx, in)
		return err
	}
	fresh := func(pk string) types.TransactWriteItem {
		return types.TransactWriteItem{Put: &types.Put{TableName: name, Item: key(pk, "1"), ConditionExpression: aws.String("attribute_not_exists(pk)"),
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}}
	}
	count := func(pk string) types.TransactWriteItem {
		return types.TransactWriteItem{Update: &types.Update{TableName: name, Key: key(pk, "n"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: item{":one": num("1")}}}
	}
	t.Run("all or nothing, with reasons", func(t *testing.T) {
		if err := write("", fresh("a"), count("a")); err != nil {
			t.Fatal(err)
		}
		err := write("", count("b"), fresh("a"), types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: name, Key: key("a", "n"),
			ConditionExpression: aws.String("n = :one"), ExpressionAttributeValues: item{":one": num("1")}}})
		var c *types.TransactionCanceledException
		if !errors.As(err, &c) {
			t.Fatal(err)
		}
		same(t, []types.CancellationReason{{Code: aws.String("None")},
			{Code: aws.String("ConditionalCheckFailed"), Message: aws.String("The conditional request failed"), Item: key("a", "1")}, {Code: aws.String("None")}}, c.CancellationReasons)
		failed(t, err, "TransactionCanceledException", "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]")
		if got := get(t, db, "b", "n"); got != nil {
			t.Errorf("a cancelled transaction wrote %v", got)
		}
	})
	t.Run("one item once", func(t *testing.T) {
		failed(t, write("", count("c"), count("c")), "ValidationException", "Transaction request cannot include multiple operations on one item")
	})
	t.Run("token", func(t *testing.T) {
		for range 3 {
			if err := write("tok", count("d")); err != nil {
				t.Fatal(err)
			}
		}
		same(t, with(key("d", "n"), item{"n": num("1")}), get(t, db, "d", "n"))
		failed(t, write("tok", count("e")), "IdempotentParameterMismatchException", "")
		if err := db.Clock.Advance(ctx, 10*60*1e9+1e9); err != nil {
			t.Fatal(err)
		}
		if err := write("tok", count("d")); err != nil {
			t.Fatal(err)
		}
		same(t, with(key("d", "n"), item{"n": num("2")}), get(t, db, "d", "n"))
	})
	t.Run("a cancelled request may be sent again with its token", func(t *testing.T) {
		put(t, db, key("f", "1"))
		failed(t, write("again", fresh("f")), "TransactionCanceledException", "ConditionalCheckFailed")
		must(db.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: name, Key: key("f", "1")}))(t)
		if err := write("again", fresh("f")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("forced conflict", func(t *testing.T) {
		db.Service.ForceConflicts(1)
		failed(t, write("", count("g")), "TransactionCanceledException", "[TransactionConflict]")
		if err := write("", count("g")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("get", func(t *testing.T) {
		read := func(pk, sk string) types.TransactGetItem {
			return types.TransactGetItem{Get: &types.Get{TableName: name, Key: key(pk, sk)}}
		}
		out := must(db.TransactGetItems(ctx, &sdk.TransactGetItemsInput{TransactItems: []types.TransactGetItem{read("a", "1"), read("no", "no"), read("d", "n")}, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}))(t)
		same(t, []item{key("a", "1"), nil, with(key("d", "n"), item{"n": num("2")})}, []item{out.Responses[0].Item, out.Responses[1].Item, out.Responses[2].Item})
		same(t, []types.ConsumedCapacity{{TableName: name, CapacityUnits: aws.Float64(6), ReadCapacityUnits: aws.Float64(6)}}, out.ConsumedCapacity)
	})
	t.Run("runtime errors are reasons", func(t *testing.T) {
		put(t, db, with(key("h", "n"), item{"n": str("text")}))
		failed(t, write("", count("h")), "TransactionCanceledException", "[ValidationError]")
		bad := count("i")
		bad.Update.Key = item{"pk": str("i")}
		failed(t, write("", bad), "TransactionCanceledException", "[ValidationError]")
	})
}

var streamNull = types.AttributeValueMemberNULL{Value: true}

func transactPuts(pks ...string) *sdk.TransactWriteItemsInput {
	in := &sdk.TransactWriteItemsInput{}
	for _, pk := range pks {
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Put: &types.Put{TableName: aws.String("desk"), Item: key(pk, "1")}})
	}
	return in
}

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
