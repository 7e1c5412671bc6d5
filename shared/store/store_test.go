package store_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

const table = "Table"

// start is when the tests happen; their clock stands still unless moved.
var start = dynamodb.Start

// world is a store on a table of a test's own.
type world struct {
	*store.Store
	db   *dynamodb.T
	ids  *id.Source
	ctx  context.Context
	mu   sync.Mutex
	time time.Time
	sent map[string]int // calls of the API so far, by action
}

// open makes a world with the table of template.yaml.
func open(tb testing.TB) *world {
	tb.Helper()
	w := &world{db: dynamodb.NewT(tb, templateTable(tb)), ctx: tb.Context(), time: start, sent: map[string]int{}}
	client := sdk.New(w.db.Client.Options(), func(o *sdk.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("count", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				w.mu.Lock()
				w.sent[middleware.GetOperationName(ctx)]++
				w.mu.Unlock()
				return next.HandleInitialize(ctx, in)
			}), middleware.After)
		})
	})
	w.ids = id.NewSource(w.now)
	w.Store = store.New(client, table, w.now)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

// calls runs f and tells which calls it made.
func (w *world) calls(f func()) map[string]int {
	w.mu.Lock()
	w.sent = map[string]int{}
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

func templateTable(tb testing.TB) dynamodb.TableSpec {
	tb.Helper()
	data, err := os.ReadFile("../../template.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var t struct {
		Resources map[string]struct {
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(data, &t); err != nil {
		tb.Fatal(err)
	}
	properties := map[string]any{}
	node := t.Resources["Table"].Properties
	if err := node.Decode(&properties); err != nil {
		tb.Fatal(err)
	}
	spec, err := dynamodb.FromTemplate(table, properties)
	if err != nil {
		tb.Fatal(err)
	}
	return spec
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// must gives the value of a call that may not fail.
func must[T any](tb testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func wantCode(tb testing.TB, err error, code fault.Code) {
	tb.Helper()
	if fault.CodeOf(err) != code {
		tb.Fatalf("error is %q (%v), want %q", fault.CodeOf(err), err, code)
	}
}

func same(tb testing.TB, what string, got, want any, opts ...cmp.Option) {
	tb.Helper()
	if d := cmp.Diff(want, got, opts...); d != "" {
		tb.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// together runs f n times at once and gives the errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errs
}

// pages reads a list to its end and gives the names and how many pages there were.
func pages[T any](tb testing.TB, limit int, name func(T) string, read func(p store.Page) ([]T, string, error)) (all []string, n int) {
	tb.Helper()
	all = []string{}
	cursor := ""
	for n = 1; ; n++ {
		items, next, err := read(store.Page{Limit: limit, Cursor: cursor})
		if err != nil {
			tb.Fatal(err)
		}
		if len(items) > limit {
			tb.Fatalf("page %d has %d items, asked for %d", n, len(items), limit)
		}
		for _, it := range items {
			all = append(all, name(it))
		}
		if next == "" {
			return all, n
		}
		if n > 1000 {
			tb.Fatal("the list has no end")
		}
		cursor = next
	}
}

// memory is a bucket.
type memory struct {
	mu   sync.Mutex
	objs map[string][]byte
	deaf bool // may be written and not read
}

func (m *memory) Put(_ context.Context, key string, data []byte, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.objs == nil {
		m.objs = map[string][]byte{}
	}
	m.objs[key] = data
	return nil
}

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objs[key]
	if m.deaf || !ok {
		return nil, fmt.Errorf("%s: %s", key, http.StatusText(http.StatusForbidden))
	}
	return data, nil
}
