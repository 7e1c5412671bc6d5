package disturbed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/deskhand/deskhand/infra/local/stack"
	"github.com/deskhand/deskhand/infra/local/states"
)

const root = "../../.."

type desk struct {
	tb    testing.TB
	stack *stack.Stack
	sfn   *sfn.Client
}

func start(tb testing.TB) *desk {
	tb.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	bin, data := filepath.Join(cache, "deskhand", "disturbed"), filepath.Join(tb.TempDir(), "data")
	for _, dir := range []string{bin, data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.Symlink(bin, filepath.Join(data, "bin")); err != nil {
		tb.Fatal(err)
	}
	s, err := stack.Start(context.Background(), stack.Config{Template: root + "/template.yaml", DataDir: data})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return &desk{tb: tb, stack: s, sfn: sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.AWSURL),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPERSON", "secret", "")})}
}

func (d *desk) call(method, path, ifMatch string, in, out any) int {
	d.tb.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		d.tb.Fatal(err)
	}
	r, err := http.NewRequest(method, d.stack.URL+path, bytes.NewReader(body))
	if err != nil {
		d.tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if ifMatch != "" {
		r.Header.Set("If-Match", ifMatch)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.tb.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.tb.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		d.tb.Fatalf("%s %s: %d %.2000s", method, path, resp.StatusCode, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			d.tb.Fatalf("%s %s: %v in %.500s", method, path, err, data)
		}
	}
	return resp.StatusCode
}

func (d *desk) publish(name, nodes, edges string) string {
	d.tb.Helper()
	var w struct {
		ID    string
		Draft struct{ Revision int }
	}
	definition := fmt.Sprintf(`{"trigger":{"type":"manual"},"nodes":[%s],"edges":[%s]}`, nodes, edges)
	d.call("POST", "/v1/workflows", "", map[string]any{"name": name, "definition": json.RawMessage(definition)}, &w)
	d.call("POST", "/v1/workflows/"+w.ID+"/publish", fmt.Sprint(w.Draft.Revision), map[string]any{"note": "by the test"}, nil)
	d.call("POST", "/v1/workflows/"+w.ID+"/enable", "", nil, nil)
	return w.ID
}

func (d *desk) pass(by time.Duration) {
	d.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := d.stack.Clock.Advance(ctx, by); err != nil {
		d.tb.Fatal(err)
	}
}

type runRead struct{ ID, Status, ExecutionArn string }

// status is a run's status by what Step Functions says: only of ended executions and of open
// ones, whose waiting or paused is not Step Functions' to know.
var status = map[string]string{"SUCCEEDED": "succeeded", "FAILED": "failed", "ABORTED": "stopped", "TIMED_OUT": "failed"}

// truthful holds every run's record against its execution.
func (d *desk) truthful(t *testing.T, when, workflow string, want map[string]int) {
	t.Helper()
	var page struct{ Items []runRead }
	d.call("GET", "/v1/workflows/"+workflow+"/runs?limit=100", "", nil, &page)
	got := map[string]int{}
	for _, r := range page.Items {
		got[r.Status]++
		e, err := d.sfn.DescribeExecution(context.Background(), &sfn.DescribeExecutionInput{ExecutionArn: &r.ExecutionArn})
		if err != nil {
			t.Fatal(err)
		}
		if says := status[string(e.Status)]; says != "" && says != r.Status || says == "" && r.Status != "running" && r.Status != "waiting" && r.Status != "paused" {
			t.Errorf("%s: run %s is %s, its execution %s", when, r.ID, r.Status, e.Status)
		}
	}
	for s, n := range want {
		if got[s] != n {
			t.Errorf("%s: %d runs are %s, want %d of %v", when, got[s], s, n, got)
		}
	}
	var w struct {
		Stats struct{ Succeeded, Failed, Stopped int }
	}
	d.call("GET", "/v1/workflows/"+workflow, "", nil, &w)
	if w.Stats.Succeeded != got["succeeded"] || w.Stats.Failed != got["failed"] || w.Stats.Stopped != got["stopped"] {
		t.Errorf("%s: the workflow counts %+v, its runs are %v", when, w.Stats, got)
	}
}

func TestStatusEventsDisturbed(t *testing.T) {
	d := start(t)
	for name, disturb := range map[string]func() func(states.StatusChange) []states.StatusChange{
		"lost": func() func(states.StatusChange) []states.StatusChange {
			return func(states.StatusChange) []states.StatusChange { return nil }
		},
		"twice": func() func(states.StatusChange) []states.StatusChange {
			return func(e states.StatusChange) []states.StatusChange { return []states.StatusChange{e, e} }
		},
		"each again long after": func() func(states.StatusChange) []states.StatusChange {
			var mu sync.Mutex
			var past []states.StatusChange
			return func(e states.StatusChange) []states.StatusChange {
				mu.Lock()
				defer mu.Unlock()
				out := append([]states.StatusChange{e}, past...)
				past = append(past, e)
				return out
			}
		},
		"the later first": func() func(states.StatusChange) []states.StatusChange {
			var mu sync.Mutex
			held := map[string]states.StatusChange{}
			return func(e states.StatusChange) []states.StatusChange {
				mu.Lock()
				defer mu.Unlock()
				if old, ok := held[e.Resources[0]]; ok {
					delete(held, e.Resources[0])
					return []states.StatusChange{e, old}
				}
				held[e.Resources[0]] = e
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{tb: t, stack: d.stack, sfn: d.sfn}
			f, changes := disturb(), 0
			d.stack.States.Disturb(func(e states.StatusChange) []states.StatusChange {
				changes++ // one goroutine at a time tells them
				return f(e)
			})
			defer d.stack.States.Disturb(nil)
			quick := d.publish("quick "+name, `{"id":"v","type":"set","params":{"values":{"a":1}}}`, `{"from":"trigger","to":"v"}`)
			slow := d.publish("slow "+name, `{"id":"w","type":"wait","params":{"for":"3h"}}`, `{"from":"trigger","to":"w"}`)
			bad := d.publish("bad "+name, `{"id":"h","type":"end","params":{"result":"failed","reason":"as wanted"}}`, `{"from":"trigger","to":"h"}`)
			const n = 3
			var stopped runRead
			for range n {
				for _, w := range []string{quick, slow, bad} {
					d.call("POST", "/v1/workflows/"+w+"/runs", "", map[string]any{}, nil)
				}
			}
			d.call("POST", "/v1/workflows/"+slow+"/runs", "", map[string]any{}, &stopped)
			d.pass(0)
			d.call("POST", "/v1/runs/"+stopped.ID+"/stop", "", nil, nil)
			d.pass(0)
			// The sweep looks at what says running for more than an hour.
			d.pass(2 * time.Hour)
			d.truthful(t, "after two hours", quick, map[string]int{"succeeded": n})
			d.truthful(t, "after two hours", bad, map[string]int{"failed": n})
			d.truthful(t, "after two hours", slow, map[string]int{"paused": n, "stopped": 1})
			d.pass(26 * time.Hour)
			d.truthful(t, "a day later", slow, map[string]int{"succeeded": n, "stopped": 1})
			if want := 2 * (3*n + 1); changes != want {
				t.Errorf("%d changes passed, want %d: a start and an end of each run", changes, want)
			}
		})
	}
}
