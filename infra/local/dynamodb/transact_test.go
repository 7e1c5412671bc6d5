package dynamodb_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

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

func transactPuts(pks ...string) *sdk.TransactWriteItemsInput {
	in := &sdk.TransactWriteItemsInput{}
	for _, pk := range pks {
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Put: &types.Put{TableName: aws.String("desk"), Item: key(pk, "1")}})
	}
	return in
}
