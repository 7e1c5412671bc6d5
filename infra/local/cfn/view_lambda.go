package cfn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Function is a Lambda function.
type Function struct {
	LogicalID   string
	Name        string
	ARN         string
	RoleARN     string
	CodeURI     string // folder of the main package, relative to Stack.Dir
	Handler     string
	Runtime     string
	Timeout     time.Duration // default 3 s
	MemoryMB    int           // default 128
	Environment map[string]string
	Concurrency int      // ReservedConcurrentExecutions; -1 when not reserved
	DeadLetter  string   // ARN of the queue of DeadLetterConfig, or ""
	Aliases     []string // names that qualify the function, e.g. "live"
	Async       Async
	Tracing     bool
	LogGroup    string // of its LoggingConfig, else /aws/lambda/ and its name
}

// Async is how a failed asynchronous invocation goes on.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
type Async struct {
	Retries   int           // default 2
	MaxAge    time.Duration // default 6 h
	OnFailure string        // ARN of a queue or a function
	OnSuccess string
}

// EventSource is an event source mapping.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
type EventSource struct {
	LogicalID      string
	UUID           string
	ARN            string
	Function       string // ARN of the function, qualified when the mapping names an alias
	Source         string // ARN of the queue or the stream
	Enabled        bool
	BatchSize      int
	BatchWindow    time.Duration
	PartialBatch   bool // ReportBatchItemFailures
	MaxConcurrency int  // ScalingConfig of a queue; 0 when not set
	Filters        []json.RawMessage
	// Streams only.
	StartingPosition string // TRIM_HORIZON or LATEST
	Bisect           bool
	Retries          int           // -1 is without end
	MaxRecordAge     time.Duration // -1 is without end
	OnFailure        string        // ARN of a queue
}

type destinations struct {
	OnFailure, OnSuccess *struct{ Destination string }
}

func (d destinations) failure() string {
	if d.OnFailure == nil {
		return ""
	}
	return d.OnFailure.Destination
}

func (d destinations) success() string {
	if d.OnSuccess == nil {
		return ""
	}
	return d.OnSuccess.Destination
}

func (s *Stack) functionARN(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return s.arn("lambda", "function:"+name)
}

// FunctionByARN finds a function by its ARN, qualified or not, or by its name.
func (s *Stack) FunctionByARN(arn string) (Function, bool) {
	for _, f := range s.functions {
		if arn == f.ARN || arn == f.Name || strings.HasPrefix(arn, f.ARN+":") || strings.HasPrefix(arn, f.Name+":") {
			return f, true
		}
	}
	return Function{}, false
}

func (s *Stack) fillFunctions() error {
	type props struct {
		FunctionName, Handler, Runtime, Role, CodeUri string
		Timeout, MemorySize                           *integer
		ReservedConcurrentExecutions                  *integer
		Environment                                   struct{ Variables map[string]scalarText }
		DeadLetterConfig                              struct{ TargetArn string }
		TracingConfig                                 struct{ Mode string }
		LoggingConfig                                 struct{ LogGroup string }
	}
	err := each(s, "AWS::Lambda::Function", func(r Resource, p props) error {
		f := Function{LogicalID: r.LogicalID, Name: r.Name, ARN: s.functionARN(r.Name), RoleARN: p.Role, CodeURI: p.CodeUri,
			Handler: p.Handler, Runtime: p.Runtime, Timeout: p.Timeout.seconds(3), MemoryMB: p.MemorySize.or(128),
			Environment: map[string]string{}, Concurrency: p.ReservedConcurrentExecutions.or(-1),
			DeadLetter: p.DeadLetterConfig.TargetArn, Tracing: p.TracingConfig.Mode == "Active",
			Async: Async{Retries: 2, MaxAge: 6 * time.Hour}, LogGroup: cmp.Or(p.LoggingConfig.LogGroup, "/aws/lambda/"+r.Name)}
		if p.CodeUri == "" {
			return fmt.Errorf("it has no CodeUri; write it as AWS::Serverless::Function so that the local stack can build it")
		}
		if p.Role == "" {
			return fmt.Errorf("it has no Role")
		}
		if f.Timeout < time.Second || f.Timeout > 900*time.Second {
			return fmt.Errorf("a Timeout of %s is outside 1 to 900 s", f.Timeout)
		}
		if f.MemoryMB < 128 || f.MemoryMB > 10240 {
			return fmt.Errorf("a MemorySize of %d is outside 128 to 10240", f.MemoryMB)
		}
		for k, v := range p.Environment.Variables {
			f.Environment[k] = string(v)
		}
		s.functions = append(s.functions, f)
		return nil
	})
	if err != nil {
		return err
	}
	type alias struct{ Name, FunctionName string }
	err = each(s, "AWS::Lambda::Alias", func(r Resource, p alias) error {
		return s.onFunction(p.FunctionName, func(f *Function) { f.Aliases = append(f.Aliases, p.Name) })
	})
	if err != nil {
		return err
	}
	type invokeConfig struct {
		FunctionName, Qualifier                        string
		MaximumRetryAttempts, MaximumEventAgeInSeconds *integer
		DestinationConfig                              destinations
	}
	return each(s, "AWS::Lambda::EventInvokeConfig", func(r Resource, p invokeConfig) error {
		a := Async{Retries: p.MaximumRetryAttempts.or(2), MaxAge: p.MaximumEventAgeInSeconds.seconds(21600),
			OnFailure: p.DestinationConfig.failure(), OnSuccess: p.DestinationConfig.success()}
		if a.Retries < 0 || a.Retries > 2 {
			return fmt.Errorf("MaximumRetryAttempts %d is outside 0 to 2", a.Retries)
		}
		return s.onFunction(p.FunctionName, func(f *Function) { f.Async = a })
	})
}

func (s *Stack) onFunction(name string, change func(*Function)) error {
	for i := range s.functions {
		f := &s.functions[i]
		if name == f.Name || name == f.ARN || strings.HasPrefix(name, f.ARN+":") {
			change(f)
			return nil
		}
	}
	return fmt.Errorf("FunctionName %s is no function of the template", name)
}

func (s *Stack) fillSources() error {
	type props struct {
		EventSourceArn, FunctionName, StartingPosition string
		Enabled, BisectBatchOnFunctionError            *boolean
		BatchSize, MaximumBatchingWindowInSeconds      *integer
		MaximumRetryAttempts, TumblingWindowInSeconds  *integer
		MaximumRecordAgeInSeconds                      *integer
		FunctionResponseTypes                          []string
		ScalingConfig                                  struct{ MaximumConcurrency *integer }
		FilterCriteria                                 struct{ Filters []struct{ Pattern document } }
		DestinationConfig                              destinations
	}
	return each(s, "AWS::Lambda::EventSourceMapping", func(r Resource, p props) error {
		id := uuid(s.Env.Stack + "/" + r.LogicalID)
		e := EventSource{LogicalID: r.LogicalID, UUID: id, ARN: s.arn("lambda", "event-source-mapping:"+id),
			Function: s.functionARN(p.FunctionName), Source: p.EventSourceArn, Enabled: p.Enabled.or(true),
			BatchWindow: p.MaximumBatchingWindowInSeconds.seconds(0), MaxConcurrency: p.ScalingConfig.MaximumConcurrency.or(0),
			StartingPosition: p.StartingPosition, Bisect: p.BisectBatchOnFunctionError.or(false),
			Retries: p.MaximumRetryAttempts.or(-1), MaxRecordAge: -1, OnFailure: p.DestinationConfig.failure()}
		if _, ok := s.FunctionByARN(e.Function); !ok {
			return fmt.Errorf("FunctionName %s is no function of the template", p.FunctionName)
		}
		if age := p.MaximumRecordAgeInSeconds.or(-1); age >= 0 {
			e.MaxRecordAge = time.Duration(age) * time.Second
		}
		for _, t := range p.FunctionResponseTypes {
			if t != "ReportBatchItemFailures" {
				return fmt.Errorf("FunctionResponseTypes %s is not known", t)
			}
			e.PartialBatch = true
		}
		for _, f := range p.FilterCriteria.Filters {
			e.Filters = append(e.Filters, json.RawMessage(f.Pattern))
		}
		switch {
		case strings.HasPrefix(e.Source, "arn:aws:sqs:"):
			e.BatchSize = p.BatchSize.or(10)
		case strings.HasPrefix(e.Source, "arn:aws:dynamodb:"):
			e.BatchSize = p.BatchSize.or(100)
			if e.StartingPosition != "TRIM_HORIZON" && e.StartingPosition != "LATEST" {
				return fmt.Errorf("StartingPosition must be TRIM_HORIZON or LATEST for a stream")
			}
			if p.TumblingWindowInSeconds.or(0) != 0 {
				return fmt.Errorf("TumblingWindowInSeconds is not supported by the local stack")
			}
		default:
			return fmt.Errorf("EventSourceArn %s is neither a queue nor a DynamoDB stream", e.Source)
		}
		if e.BatchSize < 1 || e.BatchSize > 10000 {
			return fmt.Errorf("a BatchSize of %d is outside 1 to 10000", e.BatchSize)
		}
		if e.BatchSize > 10 && e.BatchWindow == 0 && strings.HasPrefix(e.Source, "arn:aws:sqs:") {
			return fmt.Errorf("a BatchSize of %d for a queue needs MaximumBatchingWindowInSeconds of at least 1", e.BatchSize)
		}
		s.sources = append(s.sources, e)
		return nil
	})
}
