package stack

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/cloudformation"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/infra/local/eventbridge"
	"github.com/deskhand/deskhand/infra/local/iam"
	"github.com/deskhand/deskhand/infra/local/issuer"
	"github.com/deskhand/deskhand/infra/local/lambda"
	"github.com/deskhand/deskhand/infra/local/logs"
	"github.com/deskhand/deskhand/infra/local/s3"
	"github.com/deskhand/deskhand/infra/local/scheduler"
	"github.com/deskhand/deskhand/infra/local/ses"
	"github.com/deskhand/deskhand/infra/local/sqs"
	"github.com/deskhand/deskhand/infra/local/states"
)

// make builds the services from the template, in the order in which they need each other.
func (s *Stack) make() (err error) {
	if s.Template, err = s.template(); err != nil {
		return err
	}
	if s.IAM, err = iam.New(s.Template); err != nil {
		return err
	}
	if s.db, err = disk.Open(filepath.Join(s.dataDir, "local.db")); err != nil {
		return err
	}
	if err := s.keepAhead(s.ahead()); err != nil {
		return err
	}
	s.Clock = clock.New(s.ahead(), s.keepAhead)
	if s.Issuer, err = issuer.New(issuer.Config{Dir: s.dataDir, URL: s.URL, Audience: audience, RoleClaim: roleClaim}); err != nil {
		return err
	}
	for _, step := range []func() error{s.makeDynamoDB, s.makeSQS, s.makeS3, s.makeLambda, s.makeEvents, s.makeScheduler, s.makeMail, s.makeStates} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) template() (*cfn.Stack, error) {
	env := cfn.Env{Stack: "deskhand", Region: region, Account: account, Endpoint: s.AWSURL}
	if s.config.TemplateText == nil {
		return cfn.Load(s.config.Template, s.params(), env)
	}
	dir, err := filepath.Abs(filepath.Dir(s.config.Template))
	if err != nil {
		return nil, err
	}
	return cfn.Parse(s.config.TemplateText, dir, s.params(), env)
}

func (s *Stack) makeDynamoDB() (err error) {
	var specs []dynamodb.TableSpec
	for _, t := range s.Template.Tables() {
		spec, err := dynamodb.FromTemplate(t.Name, s.Template.Resources[t.LogicalID].Properties)
		if err != nil {
			return err
		}
		specs = append(specs, spec)
	}
	s.DynamoDB, err = dynamodb.New(dynamodb.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region, Tables: specs})
	return err
}

func (s *Stack) makeSQS() (err error) {
	var specs []sqs.QueueSpec
	for _, q := range s.Template.Queues() {
		specs = append(specs, sqs.QueueSpec{Name: q.Name, ARN: q.ARN, VisibilityTimeout: q.VisibilityTimeout, MaxReceiveCount: q.MaxReceiveCount,
			DeadLetterARN: q.DeadLetterARN, Delay: q.Delay, Retention: q.Retention, ReceiveWait: q.WaitTime, MaxMessageSize: q.MaxMessageBytes})
	}
	s.sqs, err = sqs.New(sqs.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region, Queues: specs})
	return err
}

func (s *Stack) makeS3() (err error) {
	var names, versioned []string
	for _, b := range s.Template.Buckets() {
		names = append(names, b.Name)
		if b.Versioning {
			versioned = append(versioned, b.Name)
		}
	}
	s.s3, err = s3.New(s3.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region, Buckets: names, Versioned: versioned, Dir: filepath.Join(s.dataDir, "s3")})
	return err
}

func (s *Stack) makeLambda() (err error) {
	s.Lambda, err = lambda.New(lambda.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region,
		Functions: s.Template.Functions(), Sources: s.Template.EventSources(), Root: s.Template.Dir, DataDir: s.dataDir, Endpoint: s.AWSURL,
		ExtraEnv: s.extraEnv(), Auth: s.IAM, Queues: s.sqs, Streams: lambda.StreamsOf(s.DynamoDB.OnStream, s.DynamoDB.StreamRecords)})
	return err
}

// extraEnv is what functions get here beyond the template. ALLOW_PRIVATE_HTTP=1 lets
// http.request reach this machine; functions heed it only where AWS is this machine.
func (s *Stack) extraEnv() map[string]string {
	env := map[string]string{"CLOCK_FILE": s.clockFile()}
	if v := os.Getenv("ALLOW_PRIVATE_HTTP"); v != "" {
		env["ALLOW_PRIVATE_HTTP"] = v
	}
	return env
}

// async hands an invocation of a service over; who may call is the service's to check.
func (s *Stack) async(service string) func(functionARN string, payload []byte) error {
	return func(functionARN string, payload []byte) error {
		_, err := s.Lambda.InvokeAsync(context.Background(), lambda.Call{Function: functionARN, Payload: payload, Caller: awshttp.Principal{ARN: service, Admin: true}})
		return err
	}
}

func notFound(err error) bool {
	var e *awshttp.Error
	return sqs.IsNoQueue(err) || errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Code == "ResourceNotFoundException")
}

// logGroups are the functions' logs, as CloudWatch Logs shows them.
func (s *Stack) logGroups() *logs.Service {
	files := map[string]string{}
	for _, f := range s.Template.Functions() {
		files[f.LogGroup] = filepath.Join(s.dataDir, "logs", f.LogicalID+".log")
	}
	return logs.New(account, region, files)
}

// described is the stack as CloudFormation tells of it.
func (s *Stack) described() (*cloudformation.Service, error) {
	text := s.config.TemplateText
	if text == nil {
		var err error
		if text, err = os.ReadFile(s.config.Template); err != nil {
			return nil, err
		}
	}
	return cloudformation.New(s.Template, text, s.Clock.Now()), nil
}

func (s *Stack) makeEvents() (err error) {
	var buses []string
	for _, b := range s.Template.Buses() {
		buses = append(buses, b.Name)
	}
	var rules []eventbridge.Rule
	for _, r := range s.Template.Rules() {
		rules = append(rules, rule(r))
	}
	s.events, err = eventbridge.New(eventbridge.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region, Buses: buses, Rules: rules,
		SendQueue: s.sqs.Send, InvokeLambda: s.async("events.amazonaws.com"), AllowService: s.IAM.AllowService, Auth: s.IAM, NotFound: notFound})
	return err
}

func rule(r cfn.Rule) eventbridge.Rule {
	out := eventbridge.Rule{Name: r.Name, Arn: r.ARN, EventBusName: r.Bus, EventPattern: r.Pattern, ScheduleExpression: r.Schedule, State: "ENABLED"}
	if !r.Enabled {
		out.State = "DISABLED"
	}
	for _, t := range r.Targets {
		age, tries := int(t.MaxAge.Seconds()), t.MaxRetries
		to := eventbridge.Target{Id: t.ID, Arn: t.ARN, RoleArn: t.RoleARN, Input: t.Input, InputPath: t.InputPath,
			RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: &tries, MaximumEventAgeInSeconds: &age}}
		if t.InputTemplate != "" {
			to.InputTransformer = &eventbridge.InputTransformer{InputPathsMap: t.PathsMap, InputTemplate: t.InputTemplate}
		}
		if t.DeadLetterARN != "" {
			to.DeadLetterConfig = &eventbridge.DeadLetterConfig{Arn: t.DeadLetterARN}
		}
		out.Targets = append(out.Targets, to)
	}
	return out
}

func (s *Stack) makeScheduler() (err error) {
	s.sched, err = scheduler.New(scheduler.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region,
		SendQueue: s.sqs.Send, InvokeLambda: s.async("scheduler.amazonaws.com"), Auth: s.IAM, NotFound: notFound})
	return err
}

func (s *Stack) makeMail() (err error) {
	var rules []ses.ReceiptRule
	ruleSet := ""
	for _, r := range s.Template.ReceiptRules() {
		ruleSet = r.RuleSet
		out := ses.ReceiptRule{Name: r.Name, Enabled: r.Enabled, Recipients: r.Recipients, ScanEnabled: r.ScanMail, TlsPolicy: r.TLSPolicy}
		for _, a := range r.Actions {
			switch {
			case a.S3 != nil:
				out.Actions = append(out.Actions, ses.ReceiptAction{S3Action: &ses.S3Action{BucketName: a.S3.Bucket, ObjectKeyPrefix: a.S3.Prefix}})
			case a.Lambda != nil:
				out.Actions = append(out.Actions, ses.ReceiptAction{LambdaAction: &ses.LambdaAction{FunctionArn: a.Lambda.FunctionARN, InvocationType: a.Lambda.Type}})
			case a.Stop:
				out.Actions = append(out.Actions, ses.ReceiptAction{StopAction: &ses.StopAction{}})
			}
		}
		rules = append(rules, out)
	}
	s.Mail, err = ses.New(ses.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region, RuleSet: ruleSet, Rules: rules,
		ConfigurationSets: s.mailSets(), PutEvent: func(bus string, e ses.Event) error {
			return s.events.Put(bus[strings.LastIndex(bus, "/")+1:], eventbridge.Event{Source: "aws.ses", DetailType: e.DetailType, Time: e.Time, Resources: e.Resources, Detail: e.Detail})
		},
		Moved:      s.events.Hurry,
		Unverified: s.config.Unverified, Sandbox: s.config.Sandbox,
		PutObject: s.s3.Put, InvokeAsync: s.async("ses.amazonaws.com"), AllowService: s.IAM.AllowService,
		Invoke: func(functionARN string, payload []byte) ([]byte, error) {
			out, err := s.Lambda.Invoke(context.Background(), lambda.Call{Function: functionARN, Payload: payload, Caller: awshttp.Principal{ARN: "ses.amazonaws.com", Admin: true}})
			return out.Payload, err
		}})
	return err
}

func (s *Stack) mailSets() (out []ses.ConfigurationSet) {
	for _, c := range s.Template.ConfigurationSets() {
		set := ses.ConfigurationSet{Name: c.Name}
		for _, d := range c.Destinations {
			set.Destinations = append(set.Destinations, ses.EventDestination{Enabled: d.Enabled, Types: d.Types, Bus: d.BusARN})
		}
		out = append(out, set)
	}
	return out
}

func (s *Stack) makeStates() (err error) {
	s.States, err = states.New(states.Config{DB: s.db, Clock: s.Clock, Account: account, Region: region,
		InvokeLambda: func(ctx context.Context, roleARN, function string, payload []byte) ([]byte, string, string, error) {
			if err := s.IAM.CanAssume("states.amazonaws.com", roleARN, ""); err != nil {
				return nil, "", "", &awshttp.Error{Code: "AccessDeniedException", Message: err.Error(), Status: http.StatusForbidden}
			}
			out, err := s.Lambda.Invoke(ctx, lambda.Call{Function: function, Payload: payload, Caller: awshttp.Principal{ARN: roleARN}})
			return out.Payload, out.Version, out.FunctionError, err
		},
		EmitStatus: func(_ context.Context, e states.StatusChange) error {
			return s.events.Put("default", eventbridge.Event{ID: e.ID, Source: states.Source, DetailType: states.DetailType, Time: e.Time, Resources: e.Resources, Detail: e.Detail})
		}})
	return err
}
