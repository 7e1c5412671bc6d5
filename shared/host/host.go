// Package host is what every function takes from where it runs: its environment, AWS
// clients built once, a JSON log, and errors in the form that Lambda and Step Functions
// show. It holds no logic of the product.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/deskhand/deskhand/shared/blob"
	"github.com/deskhand/deskhand/shared/clock"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

// Host is the process of one function.
type Host struct {
	AWS aws.Config
	Now clock.Clock
	IDs *id.Source
}

// New reads the configuration; it panics on a broken one, which Lambda reports as an
// init error.
func New() *Host {
	level := slog.LevelInfo
	if os.Getenv("LOG_LEVEL") == "debug" {
		level = slog.LevelDebug
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level})).With("function", os.Getenv("AWS_LAMBDA_FUNCTION_NAME")))
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic("aws configuration: " + err.Error())
	}
	now := clock.System()
	return &Host{AWS: cfg, Now: now, IDs: id.NewSource(now)}
}

// Env is a variable of template.yaml; a missing one is an init error that names it.
func Env(name string) string {
	v := os.Getenv(name)
	if v == "" {
		panic("environment variable " + name + " is not set: template.yaml gives it")
	}
	return v
}

// Store of the table named by TABLE.
func (h *Host) Store() *store.Store {
	return store.New(dynamodb.NewFromConfig(h.AWS), Env("TABLE"), h.Now)
}

// Engine of the stack named by STACK.
func (h *Host) Engine() *engine.Engine { return engine.New(sfn.NewFromConfig(h.AWS), Env("STACK")) }

// Bucket named by BUCKET.
func (h *Host) Bucket() blob.Bucket {
	client := s3.NewFromConfig(h.AWS, func(o *s3.Options) { o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL") != "" })
	return blob.Bucket{Client: client, Name: Env("BUCKET")}
}

// maxMessage bounds the words of an error: they go into the history of the execution,
// and may quote what a template gave.
const maxMessage = 2000

// Fail is err as Step Functions is to see it: our error name, words for people. The
// whole error goes to the log.
func Fail(ctx context.Context, err error, attrs ...any) error {
	if err == nil {
		return nil
	}
	name, message := fault.Name(err), fault.Message(err)
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if fault.CodeOf(err) == fault.Internal && errors.As(err, &api) {
		switch code := api.ErrorCode(); {
		case strings.HasPrefix(code, "AccessDenied"):
			name, message = "access_denied", fmt.Sprintf("%s: %s", code, api.ErrorMessage())
		case strings.Contains(code, "Throttl") || code == "ProvisionedThroughputExceededException" || code == "RequestLimitExceeded":
			name, message = string(fault.Unavailable), "AWS is throttling: "+code
		}
	}
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	slog.ErrorContext(ctx, "failed", append([]any{"name", name, "error", err.Error()}, attrs...)...)
	return messages.InvokeResponse_Error{Type: name, Message: message}
}
