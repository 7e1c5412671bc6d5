package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"
)

// place is where a verb works: a stack in an account, or on this machine.
type place struct {
	verb     string
	stack    string
	aws      aws.Config
	endpoint string // AWS_ENDPOINT_URL, "" in AWS
	local    bool   // the endpoint is this machine
	out      io.Writer

	described *stackInfo
}

// say prints a line.
func (p *place) say(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }

// on tells a setting like YES=1.
func on(name string) bool {
	switch strings.ToLower(os.Getenv(name)) {
	case "", "0", "no", "false", "off":
		return false
	}
	return true
}

func setting(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// open finds stack, region and credentials, and says what is missing.
func (p *place) open(ctx context.Context) error {
	p.stack = os.Getenv("STACK")
	if p.stack == "" {
		return misuse{fmt.Sprintf("STACK is not set. Say which stack: make %s STACK=<name>\n(the local stack of `make run` is called deskhand: make %s STACK=deskhand AWS_ENDPOINT_URL=http://127.0.0.1:4566)", p.verb, p.verb)}
	}
	p.endpoint = strings.TrimSuffix(os.Getenv("AWS_ENDPOINT_URL"), "/")
	if u, err := url.Parse(p.endpoint); err == nil && p.endpoint != "" {
		ip := net.ParseIP(u.Hostname())
		p.local = u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	}
	var options []func(*config.LoadOptions) error
	if p.local && os.Getenv("AWS_ACCESS_KEY_ID") == "" { // there anybody is a person
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("local", "local", "")))
	}
	if p.local && os.Getenv("AWS_REGION") == "" && os.Getenv("AWS_DEFAULT_REGION") == "" {
		options = append(options, config.WithRegion("us-east-1"))
	}
	var err error
	if p.aws, err = config.LoadDefaultConfig(ctx, options...); err != nil {
		return fmt.Errorf("AWS settings cannot be read: %w\nLook at AWS_PROFILE and ~/.aws/config", err)
	}
	if p.aws.Region == "" {
		return misuse{"no region is set. Say which: AWS_REGION=eu-west-1, or `aws configure`"}
	}
	if _, err := p.aws.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("there are no AWS credentials (%w)\nSign in (`aws sso login`, `aws configure`), name a profile (AWS_PROFILE=…), or work on the local stack: AWS_ENDPOINT_URL=http://127.0.0.1:4566", root(err))
	}
	return nil
}

func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// explain adds the remedy to errors that say only what happened.
func (p *place) explain(err error) error {
	var api smithy.APIError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && p.local:
		return fmt.Errorf("nothing answers at %s: start the local stack with `make run`, or unset AWS_ENDPOINT_URL (%w)", p.endpoint, root(err))
	case errors.As(err, &api):
		switch api.ErrorCode() {
		case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch":
			return fmt.Errorf("AWS does not take these credentials (%s): sign in again (`aws sso login`) or choose another AWS_PROFILE", api.ErrorCode())
		case "AccessDenied", "AccessDeniedException":
			return fmt.Errorf("%w\nThe permissions that each verb needs are listed in infra/operate/README.md", err)
		}
	}
	return err
}
