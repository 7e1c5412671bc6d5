package dynamodb

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// T is a DynamoDB of a test's own, used through the real SDK client.
type T struct {
	*sdk.Client
	Service *Service
	Clock   *clock.Clock // manual; moves only by Advance
	URL     string       // of the endpoint, for other clients
}

// Start is the time at which the clock of NewT stands.
var Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// NewT starts a DynamoDB with the given tables; the test's end ends it.
func NewT(tb testing.TB, tables ...TableSpec) *T {
	tb.Helper()
	c := clock.Manual(Start)
	s, err := New(Config{DB: disk.OpenT(tb), Clock: c, Tables: tables})
	if err != nil {
		tb.Fatal(err)
	}
	return ServeT(tb, s, c)
}

// ServeT puts an endpoint of the test's own before a service; everyone is allowed everything.
func ServeT(tb testing.TB, s *Service, c *clock.Clock) *T {
	tb.Helper()
	e := &awshttp.Endpoint{Account: s.account, Region: s.region}
	e.Handle("dynamodb", s)
	server := httptest.NewServer(e)
	tb.Cleanup(server.Close)
	client := sdk.New(sdk.Options{
		BaseEndpoint: aws.String(server.URL), Region: s.region,
		Credentials: credentials.NewStaticCredentialsProvider("AKIALOCALTEST", "secret", ""),
	})
	return &T{Client: client, Service: s, Clock: c, URL: server.URL}
}
