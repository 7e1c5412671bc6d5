package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// written is the template as it is written: nothing resolved.
type written struct {
	Parameters map[string]struct{ Description string }
	Resources  map[string]struct {
		Type                string    `yaml:"Type"`
		Properties          yaml.Node `yaml:"Properties"`
		DeletionPolicy      string    `yaml:"DeletionPolicy"`
		UpdateReplacePolicy string    `yaml:"UpdateReplacePolicy"`
	} `yaml:"Resources"`
	Metadata struct {
		Interface struct {
			Groups []struct {
				Parameters []string `yaml:"Parameters"`
			} `yaml:"ParameterGroups"`
			Labels map[string]struct {
				Default string `yaml:"default"`
			} `yaml:"ParameterLabels"`
		} `yaml:"AWS::CloudFormation::Interface"`
	} `yaml:"Metadata"`
}

func source(tb testing.TB) written {
	tb.Helper()
	data, err := os.ReadFile(template)
	if err != nil {
		tb.Fatal(err)
	}
	var w struct {
		written    `yaml:",inline"`
		Parameters map[string]struct {
			Description string `yaml:"Description"`
			Default     any    `yaml:"Default"`
		} `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal(data, &w); err != nil {
		tb.Fatal(err)
	}
	w.written.Parameters = map[string]struct{ Description string }{}
	for name, p := range w.Parameters {
		if p.Default == nil {
			tb.Errorf("parameter %s has no default: somebody has to think of a value before anything runs", name)
		}
		w.written.Parameters[name] = struct{ Description string }{p.Description}
	}
	return w.written
}

// keepers hold what no other resource can make again.
var keepers = []string{"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolUser", "AWS::SES::EmailIdentity"}

func TestDataOutlivesTheStack(t *testing.T) {
	n := 0
	for id, r := range source(t).Resources {
		if !slices.Contains(keepers, r.Type) {
			continue
		}
		n++
		if r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
			t.Errorf("%s (%s): DeletionPolicy %q, UpdateReplacePolicy %q; both must be Retain", id, r.Type, r.DeletionPolicy, r.UpdateReplacePolicy)
		}
	}
	if n < len(keepers) {
		t.Errorf("only %d resources with data were found", n)
	}
}

func TestDataIsProtected(t *testing.T) {
	s := load(t, "harbour", full)
	is := func(id string, path string, want any) {
		t.Helper()
		var v any = s.Resources[id].Properties
		for _, k := range strings.Split(path, ".") {
			m, _ := v.(map[string]any)
			v = m[k]
		}
		if fmt.Sprint(v) != fmt.Sprint(want) {
			t.Errorf("%s: %s is %v, want %v", id, path, v, want)
		}
	}
	for id, r := range s.Resources {
		switch r.Type {
		case "AWS::DynamoDB::Table":
			is(id, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", true)
			is(id, "SSESpecification.SSEEnabled", true)
		case "AWS::S3::Bucket":
			for _, k := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
				is(id, "PublicAccessBlockConfiguration."+k, true)
			}
			if text := fmt.Sprint(r.Properties["BucketEncryption"]); !strings.Contains(text, "SSEAlgorithm") {
				t.Errorf("%s is not encrypted: %s", id, text)
			}
			if text := fmt.Sprint(r.Properties["LifecycleConfiguration"]); !strings.Contains(text, "AbortIncompleteMultipartUpload") {
				t.Errorf("%s keeps broken uploads for ever: %s", id, text)
			}
		case "AWS::SQS::Queue":
			is(id, "SqsManagedSseEnabled", true)
		case "AWS::Cognito::UserPool":
			is(id, "AdminCreateUserConfig.AllowAdminCreateUserOnly", true)
		}
	}
	for _, p := range s.BucketPolicies() {
		if !strings.Contains(string(p.Document), `"Bool":{"aws:SecureTransport":"false"}`) {
			t.Errorf("%s takes requests without TLS", p.LogicalID)
		}
	}
}

func TestEveryFunctionIsAsItShouldBe(t *testing.T) {
	s := load(t, "harbour", full)
	roles := map[string]string{}
	for _, f := range s.Functions() {
		p := s.Resources[f.LogicalID].Properties
		if f.Runtime != "provided.al2023" || fmt.Sprint(p["Architectures"]) != "[arm64]" || !f.Tracing {
			t.Errorf("%s runs on %s %v, tracing %v", f.LogicalID, f.Runtime, p["Architectures"], f.Tracing)
		}
		if other := roles[f.RoleARN]; other != "" {
			t.Errorf("%s and %s share a role", f.LogicalID, other)
		}
		roles[f.RoleARN] = f.LogicalID
		logging, _ := p["LoggingConfig"].(map[string]any)
		found := false
		for _, r := range s.Resources {
			if r.Type == "AWS::Logs::LogGroup" && r.Name == logging["LogGroup"] {
				found = fmt.Sprint(r.Properties["RetentionInDays"]) == "30"
			}
		}
		if !found {
			t.Errorf("%s writes to %v, which is no log group of the template that forgets after LogRetentionDays", f.LogicalID, logging["LogGroup"])
		}
	}
}

func TestParametersAreExplained(t *testing.T) {
	w := source(t)
	var grouped []string
	for _, g := range w.Metadata.Interface.Groups {
		grouped = append(grouped, g.Parameters...)
	}
	for name, p := range w.Parameters {
		if n := len(p.Description); n < 30 || n > 400 {
			t.Errorf("%s has a description of %d characters", name, n)
		}
		if w.Metadata.Interface.Labels[name].Default == "" {
			t.Errorf("%s has no label", name)
		}
		if !slices.Contains(grouped, name) {
			t.Errorf("%s is in no group", name)
		}
	}
	for _, name := range grouped {
		if _, ok := w.Parameters[name]; !ok {
			t.Errorf("a group names %s, which is no parameter", name)
		}
	}
}

// The dashboard is a text inside the template: it must be JSON once it is resolved, lie on
// CloudWatch's grid of 24 columns, and show only metrics that somebody writes.
func TestDashboard(t *testing.T) {
	s := load(t, "harbour", full)
	body, _ := s.Resources["Dashboard"].Properties["DashboardBody"].(string)
	var d struct {
		Widgets []struct {
			X, Y, Width, Height int
			Properties          struct {
				Title, Region string
				Metrics       [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	shown := map[string]bool{}
	taken := map[[2]int]string{}
	for _, w := range d.Widgets {
		p := w.Properties
		if p.Region != "eu-west-1" || p.Title == "" || len(p.Metrics) == 0 {
			t.Errorf("widget %+v", w)
		}
		for x := w.X; x < w.X+w.Width; x++ {
			for y := w.Y; y < w.Y+w.Height; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x > 23 {
					t.Errorf("%s lies on %s or beyond the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, m := range p.Metrics {
			if m[0] == "Deskhand" {
				shown[m[1].(string)] = true
				if !slices.Contains(metrics, m[1].(string)) || m[2] != "Stack" || m[3] != "harbour" {
					t.Errorf("%s shows %v, which nobody writes", p.Title, m)
				}
			}
		}
	}
	for _, m := range metrics {
		if !shown[m] {
			t.Errorf("%s is not shown", m)
		}
	}
}
