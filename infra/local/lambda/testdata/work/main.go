// Command work is a function for tests: its event says what it does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do      string `json:"do"`
	Text    string `json:"text"`
	Records []struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
		Dynamodb  struct {
			SequenceNumber string
			NewImage       map[string]struct{ S string }
		} `json:"dynamodb"`
	}
}

var calls int

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	calls++
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if len(e.Records) > 0 {
		return batch(e)
	}
	switch e.Do {
	case "env":
		out := os.Environ()
		sort.Strings(out)
		return out, nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "left": time.Until(deadline).Seconds(), "calls": calls, "pid": os.Getpid(),
			"name": lambdacontext.FunctionName, "memory": lambdacontext.MemoryLimitInMB}, nil
	case "fail":
		return nil, errors.New("refused: " + e.Text)
	case "panic":
		panic("worse")
	case "exit":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	case "large":
		return strings.Repeat("x", 7<<20), nil
	case "log":
		fmt.Println("out " + e.Text)
		fmt.Fprintln(os.Stderr, "err "+e.Text)
		return nil, nil
	case "wait": // until a file is there
		for {
			if _, err := os.Stat(e.Text); err == nil {
				return calls, nil
			}
			time.Sleep(5 * time.Millisecond)
		}
	case "append":
		return nil, note(e.Text, "x")
	case "append then fail":
		_ = note(e.Text, "x")
		return nil, errors.New("no")
	}
	return e, nil
}

func note(file, line string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// batch writes the batch as one line to the file NOTE names, then fails what says "bad" or "poison".
func batch(e event) (any, error) {
	var names []string
	failures := []map[string]string{}
	poison := false
	for _, r := range e.Records {
		name, id := r.Body, r.MessageID
		if r.Dynamodb.SequenceNumber != "" {
			name, id = r.Dynamodb.NewImage["pk"].S, r.Dynamodb.SequenceNumber
		}
		names = append(names, name)
		if strings.HasPrefix(name, "bad") {
			failures = append(failures, map[string]string{"itemIdentifier": id})
		}
		poison = poison || strings.HasPrefix(name, "poison")
	}
	if err := note(os.Getenv("NOTE"), strings.Join(names, ",")); err != nil {
		return nil, err
	}
	if poison {
		return nil, errors.New("poisoned")
	}
	return map[string]any{"batchItemFailures": failures}, nil
}

func main() { lambda.Start(handle) }
