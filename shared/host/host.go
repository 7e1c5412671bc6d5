// Package host is what every function takes from where it runs: its environment, AWS
// clients built once, a JSON log, and errors in the form that Lambda and Step Functions
// show. It holds no logic of the product.
package host

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go/logging"

	"github.com/deskhand/deskhand/shared/blob"
	"github.com/deskhand/deskhand/shared/clock"
	"github.com/deskhand/deskhand/shared/engine"
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
	Log(os.Stdout)
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithLogger(logging.LoggerFunc(sdkLine)))
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
