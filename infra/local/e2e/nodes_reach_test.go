package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deskhand/deskhand/infra/local/stack"
)

func TestNodeModels(t *testing.T) {
	d := sharedDesk(t)
	inbox, to := d.inbox("models")
	w := d.publish("models", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"sort","type":"ai.classify","params":{"labels":["refund","delivery","other"],"instructions":"delivery: address, shipped"}},
		 {"id":"read","type":"ai.extract","params":{"fields":{"order":"string","due":"date"}}},
		 {"id":"sum","type":"ai.summarise","params":{}},
		 {"id":"which","type":"branch","params":{"cases":[{"id":"ship","when":{"all":[{"field":"steps.sort.label","op":"is","value":"delivery"},{"field":"steps.sort.confidence","op":"gte","value":0.5},{"field":"steps.read.due","op":"is_empty"}]}}]}},
		 {"id":"tag","type":"conversation.tag","params":{"add":["{{steps.sort.label}}","{{steps.read.order}}"]}},
		 {"id":"note","type":"conversation.note","params":{"body":"{{steps.sum.text}}"}}],
		"edges":[{"from":"trigger","to":"sort"},{"from":"sort","to":"read"},{"from":"read","to":"sum"},{"from":"sum","to":"which"},{"from":"which","output":"ship","to":"tag"},{"from":"tag","to":"note"}]}`, d.in(inbox)))
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "sort succeeded", "read succeeded", "sum succeeded", "which succeeded", "tag succeeded", "note succeeded")
	c := d.conversationWith(from)
	if !slices.Equal(c.Tags, []string{"A-1932", "delivery"}) {
		t.Errorf("tags %q; sorted as %v, read %v", c.Tags, r.output(t, "sort"), r.output(t, "read"))
	}
	if what := strings.Join(d.whole(c.ID).what(), "\n"); !strings.Contains(what, "note [Summary by the local stand-in, not by a language model]") || !strings.Contains(what, "we moved last week") {
		t.Errorf("timeline %s", what)
	}
}

// TestNodeRequestGuard: a step does not reach this machine, under whatever name, and the
// run can go on by its error edge.
func TestNodeRequestGuard(t *testing.T) {
	d := sharedDesk(t)
	reached := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.Host }))
	t.Cleanup(s.Close)
	port := s.URL[strings.LastIndexByte(s.URL, ':')+1:]

	w := d.publish("guard", `{"trigger":{"type":"manual"},
		"nodes":[{"id":"call","type":"http.request","params":{"method":"GET","url":"{{detail.url}}"}},
		 {"id":"why","type":"set","params":{"values":{"code":"{{steps.call.error.code}}","message":"{{steps.call.error.message}}"}}}],
		"edges":[{"from":"trigger","to":"call"},{"from":"call","output":"error","to":"why"}]}`)
	for target, code := range map[string]string{"http://127.0.0.1:" + port: "address_refused", "http://localhost:" + port: "address_refused", "http://[::ffff:127.0.0.1]:" + port: "address_refused",
		"http://169.254.169.254/latest/meta-data/": "address_refused", "http://0.0.0.0:" + port: "address_refused", "file:///etc/passwd": "invalid", "http://u:p@example.com/": "invalid", "": "invalid"} {
		var r runRead
		d.admin().post("/v1/workflows/"+w+"/runs", map[string]any{"detail": map[string]any{"url": target}}).is(t, 202).into(t, &r)
		r = d.runAt(r.ID, "succeeded")
		var last stepRead
		if len(r.Steps) > 0 {
			last = r.Steps[0]
		}
		if len(r.Steps) != 2 || last.Error == nil || last.Error.Code != code {
			t.Errorf("%q: steps %+v", target, r.Steps)
		}
	}
	close(reached)
	for host := range reached {
		t.Errorf("this machine was reached as %s", host)
	}
}

// stackWith is a stack of the test's own with other parameters.
func stackWith(t *testing.T, params map[string]string) *desk {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	if err := dataDir(data); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(context.Background(), stack.Config{Template: template, DataDir: data, AuthRequired: true, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		rights.of(s.IAM)
		s.Close()
	})
	return deskOn(t, s)
}

// shop is another system, and a model behind an OpenAI-compatible endpoint.
type shop struct {
	mu     sync.Mutex
	asked  []string // requests to the shop
	models int      // questions to the model
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/v1/chat/completions":
		s.models++
		var ask struct {
			Messages []struct{ Content string }
			Tools    []json.RawMessage
		}
		_ = json.Unmarshal(body, &ask)
		answer := `{"label":"nonsense","confidence":2}` // until it is asked once more
		if s.models > 1 {
			answer = `{"label":"delivery","confidence":0.9}`
		}
		if r.Header.Get("Authorization") != "Bearer k-123" || len(ask.Tools) != 1 || !strings.Contains(ask.Messages[1].Content, "<message>") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		arguments, _ := json.Marshal(answer)
		fmt.Fprintf(w, `{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"label","arguments":%s}}]},"finish_reason":"tool_calls"}]}`, arguments)
	case r.URL.Path == "/hang":
		s.mu.Unlock()
		<-r.Context().Done()
		s.mu.Lock()
	default:
		s.asked = append(s.asked, fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL.Path, r.Header.Get("X-Key"), r.Header.Get("Content-Type"), body))
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"order":{"state":"shipped","lines":[1,2]}}`)
	}
}

func TestNodeRequest(t *testing.T) {
	t.Setenv("ALLOW_PRIVATE_HTTP", "1")
	other := &shop{}
	s := httptest.NewServer(other)
	t.Cleanup(s.Close)
	d := stackWith(t, map[string]string{"AiProvider": "openai", "AiEndpoint": s.URL + "/v1", "AiModelId": "small", "AiKey": "k-123"})
	inbox, to := d.inbox("shop")
	w := d.publish("shop", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"sort","type":"ai.classify","params":{"labels":["refund","delivery"]}},
		 {"id":"call","type":"http.request","params":{"method":"POST","url":"%s/orders/{{steps.sort.label}}","headers":{"X-Key":"k"},"body":{"from":"{{message.from}}","n":1}}},
		 {"id":"ok","type":"branch","params":{"cases":[{"id":"yes","when":{"all":[{"field":"steps.call.status","op":"lt","value":300},{"field":"steps.call.body.order.state","op":"is","value":"shipped"}]}}]}},
		 {"id":"tag","type":"conversation.tag","params":{"add":["{{steps.call.body.order.state}}","{{steps.call.headers.`+"`content-type`"+`}}"]}},
		 {"id":"hang","type":"http.request","timeout":"2s","params":{"method":"POST","url":"%s/hang"}},
		 {"id":"note","type":"conversation.note","params":{"body":"{{steps.hang.error.code}}"}}],
		"edges":[{"from":"trigger","to":"sort"},{"from":"sort","to":"call"},{"from":"call","to":"ok"},{"from":"ok","output":"yes","to":"tag"},{"from":"tag","to":"hang"},{"from":"hang","output":"error","to":"note"}]}`, d.in(inbox), s.URL, s.URL))
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	c := d.conversationWith(from)
	if !slices.Equal(c.Tags, []string{"application/json", "shipped"}) {
		t.Errorf("tags %q", c.Tags)
	}
	d.whole(c.ID).has(t, "note http_timeout")
	if got := r.output(t, "sort"); got["label"] != "delivery" || got["confidence"] != 0.9 || got["model"] != "small" {
		t.Errorf("sorted %v", got)
	}
	other.mu.Lock()
	defer other.mu.Unlock()
	if want := []string{fmt.Sprintf(`POST /orders/delivery k application/json {"from":%q,"n":1}`, from)}; !slices.Equal(other.asked, want) || other.models != 2 {
		t.Errorf("the shop was asked %q, the model %d times", other.asked, other.models)
	}
}
