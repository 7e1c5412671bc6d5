// Package states is the local Step Functions: the AWSStepFunctions JSON 1.0 API on the
// wire over package interp, with executions that survive a kill -9.
//
// An execution is a record in the database that is rewritten after every step together
// with the new events of its history, the time it is next due, and the status change to
// tell; between steps it holds no goroutine. Tasks are Lambda functions only, invoked
// through Config.InvokeLambda in the state machine's role; a task that was under way when
// the process ended is carried out again.
//
// It refuses what it cannot do: EXPRESS machines, aliases, map runs, activities,
// logging, tracing and customer keys, and definitions that package asl does
// not support (Parallel, Map, JSONPath) or that call another service than Lambda.
//
//	Supported: CreateStateMachine UpdateStateMachine PublishStateMachineVersion DescribeStateMachine
//	  ListStateMachines ListStateMachineVersions DeleteStateMachine DeleteStateMachineVersion
//	  ValidateStateMachineDefinition StartExecution DescribeExecution ListExecutions StopExecution
//	  RedriveExecution GetExecutionHistory DescribeStateMachineForExecution SendTaskSuccess
//	  SendTaskFailure SendTaskHeartbeat TagResource UntagResource ListTagsForResource
//	Partly: StartSyncExecution (refuses STANDARD machines, as AWS does), TestState (tasks with a mock
//	  only, and no stateConfiguration)
//	Not: aliases, map runs, activities
//
// Neighbours: interp runs the machines, asl checks them, awshttp brings the calls, clock
// and disk are shared by all local services.
package states

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"sync"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/shared/interp"
)

// Config is what the service needs.
type Config struct {
	DB      *disk.DB
	Clock   *clock.Clock
	Account string // default 123456789012
	Region  string // default us-east-1

	// InvokeLambda invokes a function (name or ARN, perhaps qualified) as the role. err is
	// an *awshttp.Error with Lambda's code when Lambda refuses.
	InvokeLambda func(ctx context.Context, roleARN, function string, payload []byte) (result []byte, executedVersion, functionError string, err error)

	// EmitStatus puts one status change on the default event bus. It may be called again
	// with the same ID after a crash. nil: nothing is told.
	EmitStatus func(ctx context.Context, e StatusChange) error
}

// Service is the local Step Functions.
type Service struct {
	Config
	locks    [256]sync.Mutex // per execution, by hash of its key
	machines sync.Mutex      // changes of machines and starts of executions

	mu       sync.Mutex
	timers   map[string]*clock.Timer
	programs map[string]*interp.Program
	draining bool
	again    bool // a status change came while draining
	telling  sync.WaitGroup
	closed   bool
	disturb  func(StatusChange) []StatusChange // see Disturb

	ctx    context.Context
	cancel context.CancelFunc
}

// New opens the service's buckets. Call Resume when the functions can be invoked.
func New(c Config) (*Service, error) {
	if c.Account == "" {
		c.Account = "123456789012"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if err := c.DB.Buckets(buckets...); err != nil {
		return nil, err
	}
	s := &Service{Config: c, timers: map[string]*clock.Timer{}, programs: map[string]*interp.Program{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close stops the timers and abandons the tasks under way; Resume of a new Service on
// the same file goes on with them.
func (s *Service) Close() {
	s.cancel()
	s.mu.Lock()
	s.closed = true
	for _, t := range s.timers {
		t.Stop()
	}
	s.mu.Unlock()
	s.telling.Wait() // or what is being told now would be told beside the next process
}

func (s *Service) lock(key string) (unlock func()) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	m := &s.locks[h.Sum32()%uint32(len(s.locks))]
	m.Lock()
	return m.Unlock
}

type operation func(*Service, *awshttp.Call) (any, error)

var operations = map[string]operation{
	"CreateStateMachine":               (*Service).createStateMachine,
	"UpdateStateMachine":               (*Service).updateStateMachine,
	"PublishStateMachineVersion":       (*Service).publishStateMachineVersion,
	"DescribeStateMachine":             (*Service).describeStateMachine,
	"ListStateMachines":                (*Service).listStateMachines,
	"ListStateMachineVersions":         (*Service).listStateMachineVersions,
	"DeleteStateMachine":               (*Service).deleteStateMachine,
	"DeleteStateMachineVersion":        (*Service).deleteStateMachineVersion,
	"ValidateStateMachineDefinition":   (*Service).validateStateMachineDefinition,
	"TestState":                        (*Service).testState,
	"StartExecution":                   (*Service).startExecution,
	"StartSyncExecution":               (*Service).startSyncExecution,
	"DescribeExecution":                (*Service).describeExecution,
	"ListExecutions":                   (*Service).listExecutions,
	"StopExecution":                    (*Service).stopExecution,
	"RedriveExecution":                 (*Service).redriveExecution,
	"GetExecutionHistory":              (*Service).getExecutionHistory,
	"DescribeStateMachineForExecution": (*Service).describeStateMachineForExecution,
	"SendTaskSuccess":                  (*Service).sendTaskSuccess,
	"SendTaskFailure":                  (*Service).sendTaskFailure,
	"SendTaskHeartbeat":                (*Service).sendTaskHeartbeat,
	"TagResource":                      (*Service).tagResource,
	"UntagResource":                    (*Service).untagResource,
	"ListTagsForResource":              (*Service).listTagsForResource,
}

// ServeAWS answers one call.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	w.Header().Set("X-Amzn-RequestId", uuid())
	op, ok := operations[c.Action]
	if !ok {
		awshttp.WriteJSON(w, contentType, nil, fail("UnknownOperationException", "the local Step Functions does not support %s", c.Action))
		return
	}
	v, err := op(s, c)
	awshttp.WriteJSON(w, contentType, v, err)
}

const contentType = "application/x-amz-json-1.0"

func fail(code, format string, args ...any) error {
	return &awshttp.Error{Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusBadRequest}
}

// seconds is a time on the wire: seconds since 1970 with milliseconds.
func seconds(t time.Time) json.RawMessage {
	b, _ := interp.Timestamp{Time: t}.MarshalJSON()
	return b
}

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
