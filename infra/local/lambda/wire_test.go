package lambda_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/iam"
)

func TestWire(t *testing.T) {
	s := mustStack(t, work+`  Caller: {Type: AWS::IAM::Role, Properties: {RoleName: caller, AssumeRolePolicyDocument: {Statement: []}}}
`)
	ep := &awshttp.Endpoint{Account: s.cfn.Account, Region: s.cfn.Region, Auth: s.auth}
	ep.Handle("lambda", s)
	srv := httptest.NewServer(ep)
	defer srv.Close()
	client := func(key string) *sdk.Client {
		return sdk.New(sdk.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL), Credentials: credentials.NewStaticCredentialsProvider(key, "x", ""), RetryMaxAttempts: 1})
	}
	c := client("AKIAPERSON")
	t.Run("invoke", func(t *testing.T) {
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work")), Payload: []byte(`{"do":"log","text":"tail"}`), LogType: types.LogTypeTail})
		if err != nil || out.StatusCode != 200 || aws.ToString(out.ExecutedVersion) != "$LATEST" || string(out.Payload) != "null" {
			t.Errorf("%+v %v", out, err)
		}
	})
	t.Run("by arn, failing", func(t *testing.T) {
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.cfn.Functions()[0].ARN), Payload: []byte(`{"do":"fail"}`)})
		if err != nil || aws.ToString(out.FunctionError) != "Unhandled" {
			t.Errorf("%+v %v", out, err)
		}
	})
	t.Run("event", func(t *testing.T) {
		file := filepath.Join(s.dir, "event")
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work")), InvocationType: types.InvocationTypeEvent, Payload: fmt.Appendf(nil, `{"do":"append","text":%q}`, file)})
		if err != nil || out.StatusCode != 202 {
			t.Fatalf("%+v %v", out, err)
		}
		s.settle(t)
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	})
	t.Run("dry run", func(t *testing.T) {
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work")), InvocationType: types.InvocationTypeDryRun})
		if err != nil || out.StatusCode != 204 {
			t.Errorf("%+v %v", out, err)
		}
	})
	t.Run("not there", func(t *testing.T) {
		_, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("nobody")})
		var nf *types.ResourceNotFoundException
		if !errors.As(err, &nf) {
			t.Errorf("%v", err)
		}
	})
	t.Run("denied", func(t *testing.T) {
		_, err := client(iam.AccessKey("arn:aws:iam::123456789012:role/caller")).Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work"))})
		if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/caller/local is not authorized to perform: lambda:InvokeFunction") {
			t.Errorf("%v", err)
		}
	})
	t.Run("list and get", func(t *testing.T) {
		out, err := c.ListFunctions(t.Context(), &sdk.ListFunctionsInput{})
		if err != nil || len(out.Functions) != 1 || aws.ToString(out.Functions[0].FunctionName) != s.name("Work") {
			t.Errorf("%+v %v", out, err)
		}
		got, err := c.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String(s.name("Work"))})
		if err != nil || got.Configuration.Environment.Variables["COLOUR"] != "red" {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("not implemented", func(t *testing.T) {
		_, err := c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String(s.name("Work"))})
		if err == nil || !strings.Contains(err.Error(), "NotImplementedException") {
			t.Errorf("%v", err)
		}
	})
}
