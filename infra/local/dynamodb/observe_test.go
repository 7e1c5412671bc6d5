package dynamodb_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

// What an observer is told is what the answer's ConsumedCapacity says, also when nobody
// asked for that.
func TestObservedUnits(t *testing.T) {
	here := dynamodb.NewT(t, dynamodb.TableSpec{Name: "things", PartitionKey: dynamodb.Key{Name: "id", Type: "S"}})
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1"}
	e.Handle("dynamodb", here.Service)
	server := httptest.NewServer(e)
	defer server.Close()
	got := map[string]float64{}
	e.Observe(func(o awshttp.Observation) { got[o.Action] += o.Units })
	c := sdk.New(sdk.Options{BaseEndpoint: aws.String(server.URL), Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIA", "s", "")})
	item := func(n int) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}, "x": &types.AttributeValueMemberS{Value: strings.Repeat("x", n)}}
	}
	key := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}}
	ctx, table := t.Context(), aws.String("things")
	if _, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: table, Item: item(5000)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: table, Item: item(1), ConditionExpression: aws.String("attribute_not_exists(id)")}); err == nil {
		t.Fatal("the condition held")
	}
	if _, err := c.GetItem(ctx, &sdk.GetItemInput{TableName: table, Key: key, ConsistentRead: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query(ctx, &sdk.QueryInput{TableName: table, KeyConditionExpression: aws.String("id = :a"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":a": key["id"]}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TransactWriteItems(ctx, &sdk.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: table, Item: item(1500)}}}}); err != nil {
		t.Fatal(err)
	}
	// 5 KB written, 5 more for the item that the failed condition looked at; then 5 KB
	// read strongly and not; the transaction writes the larger of old and new, twice.
	want := map[string]float64{"PutItem": 10, "GetItem": 2, "Query": 1, "TransactWriteItems": 10}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
