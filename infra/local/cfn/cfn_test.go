package cfn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

const sam = "AWSTemplateFormatVersion: \"2010-09-09\"\nTransform: AWS::Serverless-2016-10-31\n"

func mustParse(tb testing.TB, body string, params map[string]string) *cfn.Stack {
	tb.Helper()
	s, err := cfn.Parse([]byte(sam+body), tb.TempDir(), params, cfn.Env{Stack: "desk", Region: "eu-west-1", Account: "111122223333"})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestProductTemplate(t *testing.T) {
	s, err := cfn.Load("../../../template.yaml", map[string]string{"PublicUrl": "http://127.0.0.1:8080"}, cfn.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Unknown) > 0 {
		t.Errorf("unknown resources: %v", s.Unknown)
	}
	if len(s.Functions()) == 0 || s.HTTPAPI() == nil || len(s.ReceiptRules()) == 0 || len(s.EventSources()) == 0 {
		t.Errorf("views are empty: %d functions, api %v", len(s.Functions()), s.HTTPAPI())
	}
	for _, f := range s.Functions() {
		for k, v := range f.Environment {
			if strings.Contains(v, "${") {
				t.Errorf("%s: %s = %q is not resolved", f.LogicalID, k, v)
			}
		}
	}
}

func TestIntrinsics(t *testing.T) {
	body := `
Parameters:
  Name: {Type: String, Default: x}
  Hosts: {Type: CommaDelimitedList, Default: "a.test, b.test"}
  Size: {Type: Number, Default: 3}
Mappings:
  Sizes: {eu-west-1: {small: 7}}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
  Both: !And [!Condition Named, !Equals [!Ref AWS::Region, eu-west-1]]
  Never: !Or [!Equals [a, b], !Not [!Condition Both]]
  First: !Equals [!Select [0, !Split [".", !Join [".", !Ref Hosts]]], a]
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [Never, no, !Ref AWS::NoValue], KmsMasterKeyId: !If [First, key, !Ref AWS::NoValue]}}
  Gone: {Type: AWS::SQS::Queue, Condition: Never}
  Named1: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-${Name}"}}
Outputs:
  ref: {Value: !Ref Queue}
  arn: {Value: !GetAtt Queue.Arn}
  arnLong: {Value: {"Fn::GetAtt": [Queue, Arn]}}
  sub: {Value: !Sub ["${q}|${Named1.QueueName}|${!lit}|${AWS::AccountId}", {q: !Ref Name}]}
  join: {Value: !Join ["+", !Ref Hosts]}
  select: {Value: !Select [1, !Ref Hosts]}
  split: {Value: !Select [2, !Split ["-", "a-b-c"]]}
  map: {Value: !FindInMap [Sizes, !Ref AWS::Region, small]}
  base64: {Value: !Base64 hi}
  number: {Value: !Ref Size}
  left: {Condition: Never, Value: x}
  url: {Value: !Ref Named1}
`
	s := mustParse(t, body, map[string]string{"Name": "y"})
	suffix := s.Queues()[1].Name
	want := map[string]string{
		"ref": s.Queues()[1].URL, "arn": "arn:aws:sqs:eu-west-1:111122223333:" + suffix,
		"arnLong": "arn:aws:sqs:eu-west-1:111122223333:" + suffix,
		"sub":     "y|desk-y|${lit}|111122223333", "join": "a.test+b.test", "select": "b.test", "split": "c", "map": "7",
		"base64": "aGk=", "number": "3", "url": "https://sqs.eu-west-1.amazonaws.com/111122223333/desk-y",
	}
	if d := cmp.Diff(want, s.Outputs); d != "" {
		t.Errorf("outputs (-want +got):\n%s", d)
	}
	if !strings.HasPrefix(suffix, "desk-Queue-") || len(suffix) != len("desk-Queue-")+12 {
		t.Errorf("made-up name %q", suffix)
	}
	if s.Resources["Queue"].Properties["KmsMasterKeyId"] != "key" {
		t.Error("a condition that selects from a list does not hold")
	}
	if _, ok := s.Resources["Gone"]; ok {
		t.Error("a resource whose condition does not hold is there")
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"unknown ref":      {"Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref Nope}}", "resource Q: Properties.KmsMasterKeyId: Ref Nope"},
		"unknown in sub":   {"Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub \"a-${Nope}\"}}", "Fn::Sub ${Nope}"},
		"unknown attr":     {"Resources:\n  Q: {Type: AWS::SQS::Queue}\nOutputs:\n  O: {Value: !GetAtt Q.Colour}", "output O: Fn::GetAtt Q.Colour"},
		"custom type attr": {"Resources:\n  C: {Type: \"Custom::Thing\"}\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt C.Name}}", "resource Q: Properties.QueueName: Fn::GetAtt C.Name"},
		"cycle": {"Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref B}}\n  B: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Sub \"${C.Arn}\"}}\n  C: {Type: AWS::SQS::Queue, DependsOn: A}",
			"circular dependency between resources: A → B → C → A"},
		"sam cycle": {"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: f\n      Policies: [{Statement: [{Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt F.Arn}]}]",
			"circular dependency between resources: F → FRole → F"},
		"condition not held": {"Conditions:\n  No: !Equals [a, b]\nResources:\n  A: {Type: AWS::SQS::Queue, Condition: No}\n  B: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref A}}", "not created because its condition No does not hold"},
		"import":             {"Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue x}}", "Fn::ImportValue"},
		"no value":           {"Parameters:\n  P: {Type: String}\nResources:\n  A: {Type: AWS::SQS::Queue}", "parameter P: it has no Default"},
		"allowed":            {"Parameters:\n  P: {Type: String, Default: c, AllowedValues: [a, b]}\nResources:\n  A: {Type: AWS::SQS::Queue}", `parameter P: "c" is not one of a, b`},
		"sam event":          {"Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, Events: {X: {Type: HttpApi, Properties: {Path: /}}}}}", `resource F: Properties.Events.X: an event of Type "HttpApi"`},
		"sam policy":         {"Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, Policies: [{DynamoDBCrudPolicy: {TableName: t}}]}}", "DynamoDBCrudPolicy"},
		"sam property":       {"Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, Memory: 5}}", "Properties.Memory"},
		"twice":              {"Resources:\n  A: {Type: AWS::SQS::Queue}\n  A: {Type: AWS::SQS::Queue}", `"A" is there twice`},
		"self condition":     {"Conditions:\n  A: !Not [!Condition A]\nResources:\n  R: {Type: AWS::SQS::Queue, Condition: A}", "condition A refers to itself"},
		"rule":               {"Parameters:\n  P: {Type: String, Default: a}\nRules:\n  Known: {RuleCondition: !Equals [!Ref P, a], Assertions: [{Assert: !Equals [!Ref P, b], AssertDescription: it must be b}]}\nResources:\n  A: {Type: AWS::SQS::Queue}", "rule Known: it must be b"},
		"rule without":       {"Rules:\n  Empty: {}\nResources:\n  A: {Type: AWS::SQS::Queue}", "rule Empty has no Assertions"},
		"bad timeout":        {"Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, Timeout: 1000}}", "Timeout of 16m40s"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cfn.Parse([]byte(sam+c.body), "", nil, cfn.Env{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

const functionBody = `
Globals:
  Function:
    Timeout: 20
    Tracing: Active
    Environment: {Variables: {A: global, B: global}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Queue: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: "4"}}}
  Dead: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/work
      AutoPublishAlias: live
      ReservedConcurrentExecutions: 2
      Environment: {Variables: {B: !Ref Table, N: 5}}
      EventInvokeConfig: {MaximumRetryAttempts: 1, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Policies: [{Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}]
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 3}}}
        Changes: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, MaximumRetryAttempts: 2, FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}}}
        Status: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.states]}}}
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: "cron(0 9 * * ? *)"}}
Outputs:
  Alias: {Value: !Ref Work.Alias}
  Sub: {Value: !Sub "${Work.Alias}!"}
`

func TestFunction(t *testing.T) {
	s := mustParse(t, functionBody, nil)
	f := s.Functions()[0]
	arn := "arn:aws:lambda:eu-west-1:111122223333:function:" + f.Name
	role := "arn:aws:iam::111122223333:role/desk-WorkRole"
	dead := s.Queues()[0].ARN
	want := cfn.Function{LogicalID: "Work", Name: f.Name, ARN: arn, RoleARN: role, CodeURI: "functions/work", Timeout: 20 * time.Second,
		MemoryMB: 128, Environment: map[string]string{"A": "global", "B": s.Tables()[0].Name, "N": "5"}, Concurrency: 2, DeadLetter: dead,
		Aliases: []string{"live"}, Async: cfn.Async{Retries: 1, MaxAge: 6 * time.Hour, OnFailure: dead}, Tracing: true, LogGroup: "/aws/lambda/" + f.Name}
	if d := cmp.Diff(want, f); d != "" {
		t.Errorf("function (-want +got):\n%s", d)
	}
	if s.Outputs["Alias"] != arn+":live" || s.Outputs["Sub"] != arn+":live!" {
		t.Errorf("alias outputs %v", s.Outputs)
	}
	t.Run("sources", func(t *testing.T) {
		got := s.EventSources()
		if len(got) != 2 {
			t.Fatalf("%d event sources", len(got))
		}
		st, q := got[0], got[1]
		if st.Function != arn+":live" || st.Retries != 2 || len(st.Filters) != 1 || st.Source != s.Tables()[0].StreamARN || st.BatchSize != 100 {
			t.Errorf("stream source %+v", st)
		}
		if q.BatchSize != 5 || !q.PartialBatch || q.MaxConcurrency != 3 || q.Source != s.Queues()[1].ARN {
			t.Errorf("queue source %+v", q)
		}
		if s.Queues()[1].MaxReceiveCount != 4 || s.Queues()[1].DeadLetterARN != dead {
			t.Errorf("redrive %+v", s.Queues()[1])
		}
	})
	t.Run("role", func(t *testing.T) {
		var r cfn.Role
		for _, x := range s.Roles() {
			if x.ARN == role {
				r = x
			}
		}
		var names []string
		for _, p := range r.Policies {
			names = append(names, p.Name)
		}
		if d := cmp.Diff([]string{"WorkRolePolicy0", "DeadLetterQueuePolicy", "WorkEventInvokeConfigOnFailureSQSPolicy"}, names); d != "" {
			t.Errorf("policies (-want +got):\n%s", d)
		}
		var managed []string
		for _, m := range r.Managed {
			managed = append(managed, m[strings.LastIndex(m, "/")+1:])
		}
		if d := cmp.Diff([]string{"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess", "AWSLambdaDynamoDBExecutionRole", "AWSLambdaSQSQueueExecutionRole"}, managed); d != "" {
			t.Errorf("managed policies (-want +got):\n%s", d)
		}
	})
	t.Run("rules", func(t *testing.T) {
		status, tick := s.Rules()[0], s.Rules()[1]
		if status.Bus != "default" || string(status.Pattern) != `{"source":["aws.states"]}` || status.Targets[0].ARN != arn+":live" {
			t.Errorf("rule %+v", status)
		}
		if tick.Enabled || tick.Schedule != "rate(1 minute)" {
			t.Errorf("schedule rule %+v", tick)
		}
		if p := s.Permissions(); len(p) != 2 || p[0].SourceARN != status.ARN || p[0].Function != arn+":live" || p[0].Principal != "events.amazonaws.com" {
			t.Errorf("permissions %+v", p)
		}
		if sc := s.Schedules(); len(sc) != 1 || sc[0].Target.RoleARN != "arn:aws:iam::111122223333:role/desk-WorkLaterRole" {
			t.Errorf("schedules %+v", sc)
		}
	})
}

func TestUnknownTypesAreListed(t *testing.T) {
	s := mustParse(t, "Resources:\n  Z: {Type: AWS::Kinesis::Stream}\n  Q: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref Z}}", nil)
	if d := cmp.Diff([]string{"Z"}, s.Unknown); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(s.Resources["Q"].Properties["KmsMasterKeyId"].(string), "desk-Z-") {
		t.Errorf("Ref of an unknown type: %v", s.Resources["Q"].Properties)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sam + functionBody)
	f.Add("Resources: {A: {Type: !Ref b, Properties: {x: !Sub '${'}}}")
	f.Fuzz(func(t *testing.T, body string) {
		_, _ = cfn.Parse([]byte(body), "", nil, cfn.Env{})
	})
}
