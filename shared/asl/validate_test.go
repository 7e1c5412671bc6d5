package asl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/asl"
)

// pass is a machine with one Pass state E of these fields.
func pass(fields string) string {
	return `{"QueryLanguage":"JSONata","StartAt":"E","States":{"E":{"Type":"Pass",` + fields + `"End":true}}}`
}

func output(expression string) string {
	text, _ := json.Marshal(expression)
	return pass(`"Output":` + string(text) + `,`)
}

func task(fields string) string {
	return `{"QueryLanguage":"JSONata","StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",` + fields + `"End":true},"F":{"Type":"Fail"}}}`
}

// Where a wording is AWS's own it was recorded, or measured and published; the others are ours.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name, definition string
		want             []string // "CODE: message at location"
	}{
		{"nothing", `{}`, []string{"SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"}},
		{"no StartAt", `{"States":{"A":{"Type":"Pass","End":true}}}`, []string{"SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"}},
		{"unknown Next", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"NOPE"}}}`, []string{
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/A/Next", "MISSING_END_STATE: Workflow has no terminal state at null"}},
		{"unknown StartAt", `{"StartAt":"Not sure","States":{"Pass One":{"Type":"Pass","Next":"Success"},"Success":{"Type":"Succeed"}}}`, []string{
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: Not sure at /StartAt",
			`MISSING_TRANSITION_TARGET: State "Pass One" is not reachable. at /States/Pass One`, `MISSING_TRANSITION_TARGET: State "Success" is not reachable. at /States/Success`}},
		{"a loop without an end", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}}`, []string{"MISSING_END_STATE: Workflow has no terminal state at null"}},
		{"an end out of reach", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Pass","End":true}}}`,
			[]string{`MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C`}},
		{"neither Next nor End", `{"StartAt":"A","States":{"A":{"Type":"Pass"},"B":{"Type":"Succeed"}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: These fields are required: [Next or End] at /States/A", `MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B`}},
		{"Choice, Default and Catch lead somewhere", `{"QueryLanguage":"JSONata","StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Condition":"{% true %}","Next":"x"}],"Default":"y"},"E":{"Type":"Succeed"}}}`, []string{
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: x at /States/C/Choices[0]/Next", "MISSING_TRANSITION_TARGET: Missing 'Next' target: y at /States/C/Default",
			`MISSING_TRANSITION_TARGET: State "E" is not reachable. at /States/E`}},
		{"a type that does not exist", `{"StartAt":"A","States":{"A":{"Type":"Nap"},"B":{"Type":"Succeed"}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/A/Type",
			`MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B`}},
		{"a field of another type", `{"StartAt":"A","States":{"A":{"Type":"Pass","TimeoutSeconds":5,"End":true}}}`, []string{"SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/A"}},
		{"a field that does not exist", pass(`"Colour":"red",`), []string{"SCHEMA_VALIDATION_FAILED: Field 'Colour' is not supported at /States/E"}},
		{"Output in JSONPath mode", `{"StartAt":"A","States":{"A":{"Type":"Pass","Output":1,"End":true}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/A"}},
		{"a JSONPath state in a JSONata machine", pass(`"QueryLanguage":"JSONPath",`), []string{
			"SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/E"}},
		{"a wrong time", `{"StartAt":"W","States":{"W":{"Type":"Wait","Timestamp":"2016-13-05T21:29:29Z","End":true}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/W/Timestamp"}},
		{"$states.errorOutput outside a Catch", output("{% $states.errorOutput %}"), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/E/Output"}},
		{"$states.result without a task", output("{% $states.result %}"), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/E/Output"}},
		{"$states.result in Arguments", task(`"Arguments":"{% $states.result %}","Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],`), []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/T/Arguments"}},
		{"$states.result in a Catch", task(`"Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% [$states.errorOutput, $states.result] %}","Next":"F"}],`), []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/T/Catch[0]/Output"}},
		{"an unknown field of $states", output("{% $states.answer %}"), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Unknown reserved states field: answer at /States/E/Output"}},
		{"$$", output("{% $$ %}"), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/E/Output"}},
		{"$ at the top", output("{% $.a %}"), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported. at /States/E/Output"}},
		{"a bare name", pass(`"Output":{"v":"{% phone %}"},`), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/E/Output/v"}},
		{"bare names where there is no context", output("{% $map($states.input.a, function($x){ $x + b }) & (c; [d]) & {e: 1} & $f(g) %}"), []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'b' at the top level is not supported. at /States/E/Output",
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'c' at the top level is not supported. at /States/E/Output",
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'd' at the top level is not supported. at /States/E/Output",
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'e' at the top level is not supported. at /States/E/Output",
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'g' at the top level is not supported. at /States/E/Output"}},
		{"names within a path", output("{% $states.input.items[price > 3 and kind in ['a']].(name & $string(price)).{x: y}^(>date).z{k: $sum(v)} ~> |a.b|{'c': d}, ['e']| %}"), nil},
		{"an expression that is not closed", output("{% $states.input"), []string{"SCHEMA_VALIDATION_FAILED: A JSONata expression should start with '{%' and end with '%}', without spaces outside at /States/E/Output"}},
		{"spaces outside make it text", output(" {% states.input %} "), nil},
		{"States.ALL not alone", task(`"Catch":[{"ErrorEquals":["a","States.ALL"],"Next":"F"}],`), []string{
			"SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at the end of the list at /States/T/Catch[0]/ErrorEquals"}},
		{"a retrier out of bounds", task(`"Retry":[{"ErrorEquals":["a"],"IntervalSeconds":0,"MaxAttempts":-1,"BackoffRate":0.5,"JitterStrategy":"SOME"}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],`), []string{
			"SCHEMA_VALIDATION_FAILED: The field 'IntervalSeconds' should be an integer from 1 to 99999999 at /States/T/Retry[0]/IntervalSeconds",
			"SCHEMA_VALIDATION_FAILED: The field 'MaxAttempts' should be an integer from 0 to 99999999 at /States/T/Retry[0]/MaxAttempts",
			"SCHEMA_VALIDATION_FAILED: The field 'BackoffRate' should be a number of at least 1.0 at /States/T/Retry[0]/BackoffRate",
			"SCHEMA_VALIDATION_FAILED: The field 'JitterStrategy' should have one of these values: [FULL, NONE] at /States/T/Retry[0]/JitterStrategy",
			"SCHEMA_VALIDATION_FAILED: IntervalSeconds and MaxDelaySeconds should be positive, MaxAttempts not negative, BackoffRate at least 1.0 at /States/T/Retry[0]"}},
		{"credentials without a role", task(`"Credentials":{"InvalidField":"invalid"},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],`), []string{
			"SCHEMA_VALIDATION_FAILED: The field 'RoleArn' is required but was missing at /States/T/Credentials"}},
		{"a reserved variable", pass(`"Assign":{"states":1,"9":2,"ok_1":3},`), []string{
			"SCHEMA_VALIDATION_FAILED: The variable name '9' should be an identifier of 1 to 80 characters at /States/E/Assign/9",
			"SCHEMA_VALIDATION_FAILED: The variable name 'states' is reserved at /States/E/Assign/states"}},
		{"a long name", `{"StartAt":"` + strings.Repeat("n", 81) + `","States":{"` + strings.Repeat("n", 81) + `":{"Type":"Succeed"}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: The state name '" + strings.Repeat("n", 81) + "' should be of 1 to 80 characters at /States/" + strings.Repeat("n", 81)}},
		{"Map", `{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{},"End":true}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: State type 'Map' is not supported here; use Task, Wait, Pass, Succeed, Fail and Choice states at /States/M/Type"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := asl.Parse([]byte(c.definition))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range asl.Validate(m) {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidateExpression(t *testing.T) {
	for _, source := range []string{"1 +", "a[1,2)", `"unterminated`, `{"a":}`, "$x :=", `$match("a", /abc`} {
		m, err := asl.Parse([]byte(output("{% " + source + " %}")))
		if err != nil {
			t.Fatal(err)
		}
		found := asl.Validate(m)
		if len(found) != 1 || found[0].Code != asl.CodeExpression || found[0].Location != "/States/E/Output" {
			t.Errorf("%s: %v", source, found)
		}
	}
}

func TestPathLanguageIsRefused(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$.y"},"ResultPath":"$.z","End":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	err = asl.Check(m)
	if err == nil || !strings.Contains(err.Error(), "Field 'Parameters' needs the query language JSONPath, which is not supported") ||
		!strings.HasPrefix(err.Error(), "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: ") {
		t.Errorf("%v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": `{"StartAt"`, "a list": `[]`, "two values": `{} {}`, "nothing": ``,
		"too long": `{"Comment":"` + strings.Repeat("x", asl.MaxDefinition) + `"}`,
		"too deep": strings.Repeat("[", 100000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := asl.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), asl.CodeJSON) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestRecordedDefinitions: what AWS accepted is accepted, what it refused is refused.
func TestRecordedDefinitions(t *testing.T) {
	const corpus = "../../../shared/corpora/stepfunctions/executions"
	files, _ := filepath.Glob(filepath.Join(corpus, "*.json"))
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no cases in %s", corpus)
		}
		t.Skipf("SKIPPED: the recorded executions are not at %s", corpus)
	}
	accepted := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Language   string `json:"query_language"`
			Definition json.RawMessage
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		if c.Language == "jsonpath" || strings.Contains(string(c.Definition), `"Map"`) || strings.Contains(string(c.Definition), `"Parallel"`) {
			continue
		}
		m, err := asl.Parse(c.Definition)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if found := asl.Validate(m); len(found) > 0 {
			t.Errorf("%s: %v", filepath.Base(f), found)
		}
		accepted++
		again, err := asl.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		_ = json.Unmarshal(c.Definition, &want)
		_ = json.Unmarshal(again, &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is written differently: %s", filepath.Base(f), diff)
		}
	}
	if accepted < 80 {
		t.Errorf("%d definitions, expected at least 80", accepted)
	}
}

func TestMarshal(t *testing.T) {
	m := &asl.Machine{Comment: "c <1>", QueryLanguage: asl.JSONata, StartAt: "B", Order: []string{"B", "A"}, States: map[string]*asl.State{
		"C": {Type: asl.Succeed},
		"A": {Type: asl.Pass, Output: asl.Null, Assign: map[string]any{"z": 1, "a": "{% 1 %}"}, Next: "C"},
		"B": {Type: asl.Task, Resource: "arn:aws:states:::lambda:invoke", Arguments: map[string]any{"b": 1, "a": json.RawMessage(`{"y":1}`)},
			TimeoutSeconds: 30, Retry: []asl.Retrier{{ErrorEquals: []string{"x"}, MaxAttempts: asl.Int(0)}},
			Catch: []asl.Catcher{{ErrorEquals: []string{"States.ALL"}, Next: "C"}}, Next: "A"},
	}}
	want := `{"Comment":"c <1>","QueryLanguage":"JSONata","StartAt":"B","States":{` +
		`"B":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"a":{"y":1},"b":1},"TimeoutSeconds":30,` +
		`"Retry":[{"ErrorEquals":["x"],"MaxAttempts":0}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"Next":"A"},` +
		`"A":{"Type":"Pass","Assign":{"a":"{% 1 %}","z":1},"Output":null,"Next":"C"},"C":{"Type":"Succeed"}}}`
	for range 10 {
		got, err := asl.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Fatal(diff)
		}
	}
	if found := asl.Validate(m); len(found) > 0 {
		t.Error(found)
	}
	read, err := asl.Parse([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := asl.Marshal(read); string(got) != want {
		t.Errorf("read back: %s", got)
	}
}

func TestVariables(t *testing.T) {
	m, err := asl.Parse([]byte(`{"QueryLanguage":"JSONata","StartAt":"A","States":{
		"A":{"Type":"Pass","Assign":{"x":"{% ($y := $w; $map($z.a, function($i, $n){ $i + $y + $count($v) })) %}"},"Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Condition":"{% $x = $states.input.a and $exists($q) %}","Next":"C"}],"Default":"C"},"C":{"Type":"Succeed"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"A": {"v", "w", "z"}, "B": {"q", "x"}}
	if diff := cmp.Diff(want, asl.Variables(m)); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":"{% $states.input.a[b=1]^(c) %}","End":true}}}`))
	f.Add([]byte(task(`"Retry":[{"ErrorEquals":["a"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],`)))
	f.Add([]byte(output("{% |$states.input|{'a': `b c`}| %}")))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := asl.Parse(text)
		if err != nil {
			return
		}
		found := asl.Validate(m)
		asl.Variables(m)
		written, err := asl.Marshal(m)
		if err != nil || len(found) > 0 {
			return
		}
		again, err := asl.Parse(written)
		if err != nil {
			t.Fatalf("%s cannot be read back: %v", written, err)
		}
		if second, _ := asl.Marshal(again); string(second) != string(written) {
			t.Fatalf("%s is written again as %s", written, second)
		}
	})
}
