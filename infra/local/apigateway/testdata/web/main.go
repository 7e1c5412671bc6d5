// Command web is a function for tests: it answers what the query's "answer" says, or
// else the event that it got.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	QueryStringParameters map[string]string `json:"queryStringParameters"`
}

func handle(_ context.Context, raw json.RawMessage) (any, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	switch e.QueryStringParameters["answer"] {
	case "full":
		return map[string]any{"statusCode": 201, "headers": map[string]any{"X-One": "1", "Content-Type": "text/html"}, "cookies": []string{"a=1; Path=/", "b=2"}, "body": "<p>hi"}, nil
	case "binary":
		return map[string]any{"statusCode": 200, "headers": map[string]string{"Content-Type": "image/png"}, "isBase64Encoded": true, "body": base64.StdEncoding.EncodeToString([]byte{0, 1, 255})}, nil
	case "plain":
		return "text", nil
	case "bad status":
		return map[string]any{"statusCode": "soon"}, nil
	case "bad base64":
		return map[string]any{"statusCode": 200, "isBase64Encoded": true, "body": "%%%"}, nil
	case "fail":
		return nil, errors.New("no")
	case "slow":
		time.Sleep(time.Minute)
	case "empty":
		return map[string]any{"statusCode": 204}, nil
	}
	return map[string]any{"statusCode": 200, "headers": map[string]string{"content-type": "application/json"}, "body": string(raw)}, nil
}

func main() { lambda.Start(handle) }
