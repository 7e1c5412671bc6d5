package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/iam"
	"github.com/deskhand/deskhand/infra/local/states"
)

// place is where the calls go.
type place struct {
	wide, narrow           *sfn.Client // with all rights, and as NarrowRole
	stack, function, role  string
	account, region, token string
	// events gives the status events of an execution, once there are so many.
	events func(ctx context.Context, executionArn string, n int) ([]json.RawMessage, error)
}

var (
	stamp = regexp.MustCompile(`"(timestamp|startDate|stopDate|redriveDate|creationDate|updateDate|time)": ?("[^"]*"|[0-9.]+)`)
	ids   = regexp.MustCompile(`"(requestId|RequestId|x-amzn-RequestId|id|revisionId)": ?"[^"]*"`)
	roles = regexp.MustCompile(`assumed-role/[^/\s"]+/[^\s"]+`)
	guid  = regexp.MustCompile(`(?i)request ?id:? ?[0-9a-f-]{36}`)
)

// plain takes out what is different from run to run.
func (p *place) plain(text []byte) []byte {
	s := string(text)
	for _, r := range []struct{ old, new string }{{p.function, "FUNCTION"}, {p.role, "MACHINE-ROLE"}, {p.token, "RUN"}, {p.stack, "STACK"}, {p.account, "123456789012"}, {p.region, "us-east-1"}} {
		if r.old != "" {
			s = strings.ReplaceAll(s, r.old, r.new)
		}
	}
	s = stamp.ReplaceAllString(s, `"$1": "TIME"`)
	s = ids.ReplaceAllString(s, `"$1": "ID"`)
	s = roles.ReplaceAllString(s, "assumed-role/NARROW-ROLE/SESSION")
	return []byte(guid.ReplaceAllString(s, "request id ID"))
}

func newToken() string { return fmt.Sprintf("t%d", time.Now().UnixNano()) }

// recordAccount records the account of the default credentials.
func recordAccount(ctx context.Context, setup, out string) error {
	raw, err := os.ReadFile(setup)
	if err != nil {
		return err
	}
	var s struct {
		Stack, Account, Function, MachineRole, StatusQueue string
		Narrow                                             struct{ AccessKeyId, SecretAccessKey, SessionToken string }
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("%s: %w", setup, err)
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	narrow := cfg.Copy()
	narrow.Credentials = credentials.NewStaticCredentialsProvider(s.Narrow.AccessKeyId, s.Narrow.SecretAccessKey, s.Narrow.SessionToken)
	p := &place{wide: sfn.NewFromConfig(cfg), narrow: sfn.NewFromConfig(narrow), stack: s.Stack, function: s.Function, role: s.MachineRole,
		account: s.Account, region: cfg.Region, token: newToken()}
	queue := sqs.NewFromConfig(cfg)
	var got []json.RawMessage
	p.events = func(ctx context.Context, arn string, n int) ([]json.RawMessage, error) {
		deadline := time.Now().Add(2 * time.Minute) // they are best effort
		for {
			of := about(got, arn)
			if len(of) >= n || time.Now().After(deadline) {
				return of, nil
			}
			page, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.StatusQueue, MaxNumberOfMessages: 10, WaitTimeSeconds: 10})
			if err != nil {
				return nil, err
			}
			for _, m := range page.Messages {
				var e struct{ Detail json.RawMessage }
				if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
					return nil, err
				}
				got = append(got, e.Detail)
			}
		}
	}
	return record(ctx, p, out)
}

func about(all []json.RawMessage, arn string) []json.RawMessage {
	var out []json.RawMessage
	for _, d := range all {
		if strings.Contains(string(d), `"`+arn+`"`) {
			out = append(out, d)
		}
	}
	return out
}

// recordLocal starts the local Step Functions with the roles of setup.yaml and records it.
func recordLocal(ctx context.Context, out string) error {
	const stack, account, region = "verify", "123456789012", "us-east-1"
	text, err := os.ReadFile("infra/verifyaws/setup.yaml")
	if err != nil {
		return fmt.Errorf("%w: run this from the root of the repository", err)
	}
	s, err := cfn.Parse(text, "", map[string]string{"Where": "local"}, cfn.Env{Stack: stack, Region: region, Account: account})
	if err != nil {
		return fmt.Errorf("setup.yaml: %w", err)
	}
	auth, err := iam.New(s)
	if err != nil {
		return err
	}
	role := func(id string) (string, error) {
		for _, r := range s.Roles() {
			if r.LogicalID == id {
				return r.ARN, nil
			}
		}
		return "", fmt.Errorf("setup.yaml has no role %s", id)
	}
	machine, err := role("MachineRole")
	if err != nil {
		return err
	}
	narrow, err := role("NarrowRole")
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "verifyaws-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	db, err := disk.Open(filepath.Join(folder, "local.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	c := clock.New(0, func(time.Duration) error { return nil })
	defer c.Close()
	var mu sync.Mutex
	var told []json.RawMessage
	service, err := states.New(states.Config{DB: db, Clock: c, Account: account, Region: region,
		InvokeLambda: func(_ context.Context, _, _ string, payload []byte) ([]byte, string, string, error) { // what the function of setup.yaml does
			var in struct{ Fail bool }
			if json.Unmarshal(payload, &in) == nil && in.Fail {
				return []byte(`{"errorMessage":"as wanted","errorType":"Broken","requestId":"x","stackTrace":[]}`), "$LATEST", "Unhandled", nil
			}
			return payload, "$LATEST", "", nil
		},
		EmitStatus: func(_ context.Context, e states.StatusChange) error {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, e.Detail)
			return nil
		}})
	if err != nil {
		return err
	}
	defer service.Close()
	e := &awshttp.Endpoint{Account: account, Region: region, Auth: auth}
	e.Handle("states", service)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	client := func(key string) *sfn.Client {
		return sfn.New(sfn.Options{Region: region, BaseEndpoint: aws.String("http://" + l.Addr().String()), Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
	}
	p := &place{wide: client("AKIAPERSON"), narrow: client(iam.AccessKey(narrow)), stack: stack, function: "arn:aws:lambda:" + region + ":" + account + ":function:verify-Function",
		role: machine, account: account, region: region, token: newToken()}
	p.events = func(ctx context.Context, arn string, n int) ([]json.RawMessage, error) {
		if err := c.Idle(ctx); err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		return about(told, arn), nil
	}
	return record(ctx, p, out)
}
