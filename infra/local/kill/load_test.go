package kill_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/smtp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// load keeps the stack busy and remembers what was acknowledged.
type load struct {
	p       *process
	address string // of the inbox
	queue   string // that nobody reads
	machine string

	states *sfn.Client
	queues *sqs.Client

	stop chan struct{}
	up   gate
	acks atomic.Int64
	wg   sync.WaitGroup

	mu         sync.Mutex
	mails      map[string]int // by customer: how many attempts it took
	tickets    map[string]int
	events     map[string]int
	contacts   map[string]int    // by address: the last acknowledged value
	tried      map[string]int    // by address: the last value that was sent
	decided    map[string]string // by approval: the acknowledged decision
	attempted  map[string]string // by approval: the decision that is being sent
	executions map[string]bool
	messages   map[string]int  // by body: attempts
	later      []retry         // requests whose first attempt, cut off by a kill, is still said to be in progress
	cut        map[string]bool // their keys
}

// retry is a request to be sent again, with its key.
type retry struct {
	path, key string
	in        any
	want      int
}

// send tries a request with an idempotency key. One that is said to be in progress was cut
// off by a kill; it is sent again at the end, so that the load goes on meanwhile.
func (l *load) send(r retry) bool {
	status, err := l.p.call("POST", r.path, r.key, r.in, nil)
	if err == nil && status == 409 {
		l.mu.Lock()
		l.later = append(l.later, r)
		l.cut[r.key] = true
		l.mu.Unlock()
		return true
	}
	return err == nil && status == r.want
}

// gate holds the load while the stack is down.
type gate struct {
	mu   sync.Mutex
	open chan struct{}
}

func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if open {
		close(g.open)
	} else {
		g.open = make(chan struct{})
	}
}

func (g *gate) wait() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

func newLoad(p *process) *load {
	provider := credentials.NewStaticCredentialsProvider("AKIAPERSON", "secret", "")
	l := &load{p: p, stop: make(chan struct{}),
		states: sfn.New(sfn.Options{Region: "us-east-1", BaseEndpoint: aws.String(p.aws), Credentials: provider, Retryer: aws.NopRetryer{}}),
		queues: sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: aws.String(p.aws), Credentials: provider, Retryer: aws.NopRetryer{}}),
		mails:  map[string]int{}, tickets: map[string]int{}, events: map[string]int{}, contacts: map[string]int{}, tried: map[string]int{},
		decided: map[string]string{}, attempted: map[string]string{}, executions: map[string]bool{}, messages: map[string]int{}, cut: map[string]bool{}}
	l.up.set(false)
	return l
}

// each runs one kind of load until the end: step gets numbers from 0, each until it is acknowledged.
func (l *load) each(atMost int, step func(n int) (acknowledged bool)) {
	l.wg.Go(func() {
		for n := range atMost {
			for {
				select {
				case <-l.stop:
					return
				case <-l.up.wait():
				}
				if step(n) {
					l.acks.Add(1)
					break
				}
				// The stack is down, or says "later".
				select {
				case <-l.stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		}
	})
}

func (l *load) note(m map[string]int, key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	m[key]++
	return m[key]
}

// run starts the load, most of each kind.
func (l *load) run(most int) {
	l.each(most, func(n int) bool {
		from := fmt.Sprintf("c%d@customer.example", n)
		l.note(l.mails, from)
		raw := fmt.Sprintf("From: Customer %d <%s>\r\nTo: %s\r\nMessage-ID: <m%d@customer.example>\r\nSubject: Question %d\r\nDate: Mon, 05 Jan 2026 09:00:00 +0000\r\n\r\nWhere is order %d?\r\n", n, from, l.address, n, n, n)
		return smtp.SendMail(l.p.smtp, nil, from, []string{l.address}, []byte(raw)) == nil
	})
	l.each(most, func(n int) bool {
		key := fmt.Sprintf("ticket-%d", n)
		l.note(l.tickets, key)
		return l.send(retry{"/v1/tickets", key, map[string]any{"subject": key, "status": "open"}, 201})
	})
	l.each(most, func(n int) bool {
		key := fmt.Sprintf("order-%d", n)
		l.note(l.events, key)
		return l.send(retry{"/v1/events", key, map[string]any{"type": "order.placed", "detail": map[string]any{"order": key}}, 202})
	})
	l.each(most*4, func(n int) bool {
		address := fmt.Sprintf("regular%d@customer.example", n%5)
		l.mu.Lock()
		l.tried[address] = n
		l.mu.Unlock()
		status, err := l.p.call("PATCH", "/v1/contacts/"+l.contact(n%5), "", map[string]any{"attributes": map[string]any{"visits": n}}, nil)
		if err != nil || status != 200 {
			return false
		}
		l.mu.Lock()
		l.contacts[address] = n
		l.mu.Unlock()
		return true
	})
	l.each(most*2, func(int) bool { return l.decide() })
	l.each(most, func(n int) bool {
		name := fmt.Sprintf("direct-%d", n)
		l.mu.Lock()
		l.executions[name] = true
		l.mu.Unlock()
		_, err := l.states.StartExecution(context.Background(), &sfn.StartExecutionInput{StateMachineArn: &l.machine, Name: &name, Input: aws.String(fmt.Sprintf(`{"n":%d}`, n))})
		return err == nil
	})
	l.each(most*2, func(n int) bool {
		body := fmt.Sprintf("parcel-%d", n)
		l.note(l.messages, body)
		_, err := l.queues.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &l.queue, MessageBody: &body})
		return err == nil
	})
}

// ids of the five regular contacts.
var regulars [5]string

func (l *load) contact(n int) string { return regulars[n] }

// decide takes one pending approval and decides it; nothing to decide is not acknowledged.
func (l *load) decide() bool {
	var page struct{ Items []struct{ ID string } }
	status, err := l.p.call("GET", "/v1/approvals?status=pending&limit=25", "", nil, &page)
	if err != nil || status != 200 || len(page.Items) == 0 {
		return false
	}
	id := page.Items[rand.IntN(len(page.Items))].ID
	l.mu.Lock()
	decision, again := l.attempted[id]
	if !again {
		decision = "approve"
		if rand.IntN(4) == 0 {
			decision = "reject"
		}
		l.attempted[id] = decision
	}
	l.mu.Unlock()
	status, err = l.p.call("POST", "/v1/approvals/"+id+"/decision", "", map[string]any{"decision": decision}, nil)
	if err != nil || status != 200 {
		return false
	}
	l.mu.Lock()
	l.decided[id] = decision
	l.mu.Unlock()
	return true
}
