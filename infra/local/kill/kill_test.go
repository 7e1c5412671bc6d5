package kill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func setting(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		tb.Fatalf("%s=%q: want a number", name, v)
	}
	return n
}

// publish makes a workflow, publishes it and enables it.
func (p *process) publish(name, definition string) string {
	p.tb.Helper()
	var w struct {
		ID    string
		Draft struct{ Revision int }
	}
	p.must("POST", "/v1/workflows", map[string]any{"name": name, "definition": json.RawMessage(definition)}, &w)
	p.publishDraft(w.ID, w.Draft.Revision)
	p.must("POST", "/v1/workflows/"+w.ID+"/enable", nil, nil)
	return w.ID
}

func TestKilledAgainAndAgain(t *testing.T) {
	rounds := 8
	if os.Getenv("CI") == "true" {
		rounds = 50
	}
	rounds = setting(t, "KILL_ROUNDS", rounds)
	random := rand.New(rand.NewPCG(uint64(setting(t, "KILL_SEED", 1)), 9))
	began := time.Now()

	p := newProcess(t)
	p.start()
	l := newLoad(p)
	d := p.makeDesk(l)
	l.up.set(true)
	l.run(rounds * 12)
	var starting time.Duration
	for round := range rounds {
		// When so much was acknowledged, or a while has passed without it, the process dies.
		goal := l.acks.Load() + 10 + random.Int64N(60)
		late := time.After(5 * time.Second)
		tick := time.NewTicker(time.Duration(1+random.IntN(10)) * time.Millisecond)
	busy:
		for l.acks.Load() < goal {
			select {
			case <-tick.C:
			case <-late:
				break busy
			}
		}
		tick.Stop()
		l.up.set(false)
		p.kill()
		down := time.Now()
		p.start()
		starting += time.Since(down)
		l.up.set(true)
		if (round+1)%10 == 0 {
			t.Logf("killed %d times, %d calls acknowledged, %s", round+1, l.acks.Load(), time.Since(began).Round(time.Second))
		}
	}
	// What was begun is brought to its acknowledgement; then no more.
	close(l.stop)
	l.wg.Wait()
	d.verify(t, rounds)
	t.Logf("%s in all, of which %s for %d restarts", time.Since(began).Round(time.Second), starting.Round(time.Second), rounds)
}

// made is what the load plays on.
type made struct {
	*load
	answer, tag, chase, order string // workflows
}

func (p *process) makeDesk(l *load) *made {
	p.tb.Helper()
	l.address = "care@desk.example"
	p.must("PUT", "/v1/inboxes/care", map[string]any{"name": "Care", "address": l.address}, nil)
	p.must("PUT", "/v1/groups/team", map[string]any{"name": "Team", "members": []string{"sam@desk.example"}, "manager": "boss@desk.example"}, nil)
	for i := range regulars {
		var c struct{ ID string }
		p.must("POST", "/v1/contacts", map[string]any{"email": fmt.Sprintf("regular%d@customer.example", i)}, &c)
		regulars[i] = c.ID
	}
	d := &made{load: l}
	d.answer = p.publish("answer", `{"trigger":{"type":"message.received"},
		"nodes":[
		 {"id":"ok","type":"approval","params":{"approvers":[{"group":"team"}],"subject":"Answer to {{contact.email}}","draft":"It is on its way.","timeout":"30d"}},
		 {"id":"send","type":"message.reply","params":{"body":"{{steps.ok.text}}"}},
		 {"id":"by_hand","type":"conversation.tag","params":{"add":["by-hand"]}}],
		"edges":[{"from":"trigger","to":"ok"},{"from":"ok","output":"approved","to":"send"},{"from":"ok","output":"rejected","to":"by_hand"},{"from":"ok","output":"timed_out","to":"by_hand"}]}`)
	d.tag = p.publish("tag", `{"trigger":{"type":"message.received"},
		"nodes":[{"id":"seen","type":"conversation.tag","params":{"add":["seen"]}}],"edges":[{"from":"trigger","to":"seen"}]}`)
	d.chase = p.publish("chase", `{"trigger":{"type":"ticket.status_changed","conditions":{"all":[{"field":"ticket.status","op":"is","value":"open"}]}},
		"nodes":[{"id":"a_day","type":"wait","params":{"for":"24h","cancelOn":[{"type":"ticket.status_changed"}]}},
		 {"id":"tell","type":"notify","params":{"to":{"managerOf":"team"},"subject":"Still open: {{ticket.subject}}","body":"See to it."}}],
		"edges":[{"from":"trigger","to":"a_day"},{"from":"a_day","output":"elapsed","to":"tell"}]}`)
	d.order = p.publish("order", `{"trigger":{"type":"event","params":{"detailType":"order.placed"}},
		"nodes":[{"id":"moment","type":"wait","params":{"for":"2s"}},
		 {"id":"thanks","type":"message.send","params":{"to":["orders@desk.example"],"subject":"Thanks for {{detail.order | default: \"?\"}}","body":"Thank you."}}],
		"edges":[{"from":"trigger","to":"moment"},{"from":"moment","output":"elapsed","to":"thanks"}]}`)
	m, err := l.states.CreateStateMachine(context.Background(), &sfn.CreateStateMachineInput{Name: aws.String("direct"), RoleArn: aws.String("arn:aws:iam::123456789012:role/direct"),
		Definition: aws.String(`{"QueryLanguage":"JSONata","StartAt":"a","States":{"a":{"Type":"Pass","Assign":{"n":"{% $states.input.n %}"},"Next":"w"},
			"w":{"Type":"Wait","Seconds":2,"Next":"z"},"z":{"Type":"Pass","Output":"{% {'n': $n} %}","End":true}}}`)})
	if err != nil {
		p.tb.Fatal(err)
	}
	l.machine = *m.StateMachineArn
	q, err := l.queues.ListQueues(context.Background(), &sqs.ListQueuesInput{})
	if err != nil {
		p.tb.Fatal(err)
	}
	for _, url := range q.QueueUrls {
		if isDead(url) {
			l.queue = url
		}
	}
	if l.queue == "" {
		p.tb.Fatalf("no dead-letter queue among %q", q.QueueUrls)
	}
	return d
}
