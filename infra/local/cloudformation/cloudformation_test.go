package cloudformation_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/cloudformation"
)

const parcels = `
Parameters:
  Towns: {Type: CommaDelimitedList, Default: "Bern, Basel"}
  Key: {Type: String, Default: secret-key, NoEcho: true}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: parcels}}
Outputs:
  Where: {Description: Where parcels <wait>., Value: !Ref Queue}
`

func TestDescribe(t *testing.T) {
	s, err := cfn.Parse([]byte(parcels), t.TempDir(), nil, cfn.Env{Stack: "depot"})
	if err != nil {
		t.Fatal(err)
	}
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1"}
	e.Handle("cloudformation", cloudformation.New(s, []byte(parcels), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	server := httptest.NewServer(e)
	defer server.Close()
	for _, c := range []struct {
		name, call string
		status     int
		want       []string
	}{
		{"by name", "Action=DescribeStacks&StackName=depot", 200, []string{"<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult><Stacks><member>",
			"<CreationTime>2026-03-01T12:00:00Z</CreationTime>", "<OutputKey>Where</OutputKey>", "<Description>Where parcels &lt;wait&gt;.</Description>",
			"<ParameterKey>Key</ParameterKey><ParameterValue>****</ParameterValue>", "<ParameterValue>Bern,Basel</ParameterValue>"}},
		{"all", "Action=DescribeStacks", 200, []string{"<StackName>depot</StackName>"}},
		{"another", "Action=DescribeStacks&StackName=other", 400, []string{"<Code>ValidationError</Code><Message>Stack with id other does not exist</Message>"}},
		{"resources", "Action=ListStackResources&StackName=depot", 200, []string{"<LogicalResourceId>Queue</LogicalResourceId>", "<ResourceType>AWS::SQS::Queue</ResourceType>"}},
		{"template", "Action=GetTemplate&StackName=depot", 200, []string{"QueueName: parcels"}},
		{"a change", "Action=DeleteStack&StackName=depot", 400, []string{"<Code>InvalidAction</Code>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(c.call))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=someone/20260301/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0")
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != c.status {
				t.Errorf("status %d, want %d", res.StatusCode, c.status)
			}
			for _, w := range c.want {
				if !strings.Contains(string(text), w) {
					t.Errorf("the answer lacks %s:\n%s", w, text)
				}
			}
			if strings.Contains(string(text), "secret-key") && c.name != "template" {
				t.Errorf("a parameter with NoEcho is told:\n%s", text)
			}
		})
	}
}
