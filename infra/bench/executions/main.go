// Command executions starts thousands of executions of the gallery's approval workflow, as
// the compiler emits it, on the local Step Functions, lets all of them wait for their
// approvals at the same time, answers them, and prints executions and state transitions per
// second, memory, and the size of the database file:
//
//	go run ./infra/bench/executions [-n 10000] [-clients 8]
//
// Calls go over HTTP through the AWS SDK. The Lambda functions are answered in this process,
// so that the engine is measured and not the functions; see ../counts and ../cold for those.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttpclient "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/states"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/workflow"
)

func main() {
	n := flag.Int("n", 10000, "executions that wait at the same time")
	clients := flag.Int("clients", 8, "callers at the same time")
	flag.Parse()
	if err := run(context.Background(), *n, *clients); err != nil {
		fmt.Fprintln(os.Stderr, "executions:", err)
		os.Exit(1)
	}
}

// functions answers as the product's do.
type functions struct {
	mu     sync.Mutex
	tokens []string
	calls  atomic.Int64
}

func (f *functions) invoke(_ context.Context, _, _ string, payload []byte) ([]byte, string, string, error) {
	f.calls.Add(1)
	var in struct{ Type, Token string }
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, "", "", err
	}
	switch in.Type {
	case "approval":
		f.mu.Lock()
		f.tokens = append(f.tokens, in.Token)
		f.mu.Unlock()
		return []byte("null"), "1", "", nil
	case "resume":
		return []byte(`{"v":1,"result":{"output":"approved","decision":"approved","by":"sam@demo.test","text":"It is on its way."}}`), "1", "", nil
	case "ai.reply":
		return []byte(`{"v":1,"result":{"text":"It is on its way."}}`), "1", "", nil
	}
	return []byte(`{"v":1,"result":{"sent":true}}`), "1", "", nil
}

func run(ctx context.Context, n, clients int) error {
	template, ok := gallery.Get("ai-reply-approval")
	if !ok {
		return fmt.Errorf("the gallery has no template ai-reply-approval")
	}
	var flow workflow.Definition
	if err := json.Unmarshal(template.Definition, &flow); err != nil {
		return err
	}
	definition, _, err := compile.Definition(&flow, compile.Options{WorkflowID: "wf_bench", Name: template.Name, Version: 1,
		ActARN: "arn:aws:lambda:us-east-1:123456789012:function:act:live", ReachARN: "arn:aws:lambda:us-east-1:123456789012:function:reach:live"})
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "deskhand-executions-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "local.db")
	db, err := disk.Open(file)
	if err != nil {
		return err
	}
	defer db.Close()
	c := clock.Manual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	defer c.Close()
	f := &functions{}
	changes := atomic.Int64{}
	s, err := states.New(states.Config{DB: db, Clock: c, InvokeLambda: f.invoke,
		EmitStatus: func(context.Context, states.StatusChange) error { changes.Add(1); return nil }})
	if err != nil {
		return err
	}
	defer s.Close()
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1"}
	e.Handle("states", s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	api := sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String("http://" + l.Addr().String()),
		Credentials: credentials.NewStaticCredentialsProvider("AKIABENCH", "secret", ""),
		HTTPClient:  awshttpclient.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = clients })})
	m, err := api.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("approval"), RoleArn: aws.String("arn:aws:iam::123456789012:role/bench"),
		Definition: aws.String(string(definition)), Publish: true})
	if err != nil {
		return err
	}

	// settled does something n times, by so many callers at once, until there is nothing left to do.
	settled := func(do func(i int) error) (time.Duration, error) {
		began := time.Now()
		var wg sync.WaitGroup
		next := atomic.Int64{}
		failed := make(chan error, clients)
		for range clients {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					if err := do(i); err != nil {
						failed <- err
						return
					}
				}
			})
		}
		wg.Wait()
		select {
		case err := <-failed:
			return 0, err
		default:
		}
		err := c.Idle(ctx)
		return time.Since(began), err
	}
	before := memory()
	fmt.Printf("approval workflow, %d states, %d bytes of ASL; %d executions, %d callers, %d CPUs, %s\n",
		strings.Count(string(definition), `"Type"`), len(definition), n, clients, runtime.NumCPU(), runtime.Version())

	text := strings.Repeat("Where is my order? I have been waiting for a week. ", 20)
	up, err := settled(func(i int) error {
		input, err := json.Marshal(map[string]any{"v": 1, "run": map[string]any{"id": fmt.Sprintf("run_%d", i)}, "workflow": map[string]any{"id": "wf_bench", "name": template.Name, "version": 1},
			"event":   map[string]any{"id": fmt.Sprintf("evt_%d", i), "type": "message.received", "time": "2026-01-05T09:00:00Z", "actor": "customer"},
			"message": map[string]any{"id": fmt.Sprintf("msg_%d", i), "from": "priya@example.com", "fromName": "Priya", "subject": "Where is my order?", "text": text},
			"contact": map[string]any{"id": "con_1", "name": "Priya", "email": "priya@example.com"}, "conversation": map[string]any{"id": "conv_1", "subject": "Where is my order?"}})
		if err != nil {
			return err
		}
		_, err = api.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: m.StateMachineVersionArn, Name: aws.String(fmt.Sprintf("run_%d", i)), Input: aws.String(string(input))})
		return err
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	tokens := f.tokens
	f.mu.Unlock()
	if len(tokens) != n {
		return fmt.Errorf("%d executions wait for an approval, not %d", len(tokens), n)
	}
	waiting := memory()
	fmt.Printf("started to waiting   %8s  %7.0f executions/s (draft by a model, request for approval)\n", up.Round(time.Millisecond), float64(n)/up.Seconds())
	fmt.Printf("all waiting          %8s  %7.1f MB of heap, %.1f KB for each; %.1f MB resident; database %.1f MB\n", "", mb(waiting.heap-before.heap), float64(waiting.heap-before.heap)/1024/float64(n), mb(waiting.resident), mb(size(file)))

	down, err := settled(func(i int) error {
		_, err := api.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &tokens[i], Output: aws.String(`{"decided":true}`)})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("approved to sent     %8s  %7.0f executions/s (answer, resume, choice, reply)\n", down.Round(time.Millisecond), float64(n)/down.Seconds())
	ended := 0
	for pages := sfn.NewListExecutionsPaginator(api, &sfn.ListExecutionsInput{StateMachineArn: m.StateMachineArn, StatusFilter: sfntypes.ExecutionStatusSucceeded, MaxResults: 1000}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		ended += len(page.Executions)
	}
	if ended != n {
		return fmt.Errorf("%d executions succeeded, not %d", ended, n)
	}
	h, err := api.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(strings.Replace(*m.StateMachineArn, ":stateMachine:", ":execution:", 1) + ":run_0"), MaxResults: 1000})
	if err != nil {
		return err
	}
	entered := 0
	for _, x := range h.Events {
		if strings.HasSuffix(string(x.Type), "StateEntered") {
			entered++
		}
	}
	all := up + down
	fmt.Printf("whole                %8s  %7.0f executions/s, %.0f transitions/s, %.0f history events/s; %d Lambda calls, %d status events; database %.1f MB\n", all.Round(time.Millisecond),
		float64(n)/all.Seconds(), float64(n*entered)/all.Seconds(), float64(n*len(h.Events))/all.Seconds(), f.calls.Load(), changes.Load(), mb(size(file)))
	return nil
}

type used struct{ heap, resident int64 }

func memory() used {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := used{heap: int64(m.HeapAlloc)}
	if raw, err := os.ReadFile("/proc/self/statm"); err == nil { // Linux only; else 0
		var total, pages int64
		if _, err := fmt.Sscan(string(raw), &total, &pages); err == nil {
			u.resident = pages * int64(os.Getpagesize())
		}
	}
	return u
}

func mb(n int64) float64 { return float64(n) / (1 << 20) }

func size(file string) int64 {
	if i, err := os.Stat(file); err == nil {
		return i.Size()
	}
	return 0
}
