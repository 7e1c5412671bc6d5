package asl_test

import (
	"fmt"

	"github.com/deskhand/deskhand/shared/asl"
)

func ExampleValidate() {
	m, err := asl.Parse([]byte(`{
		"QueryLanguage": "JSONata",
		"StartAt": "Greet",
		"States": {"Greet": {"Type": "Pass", "Output": "{% 'Hello ' & name %}", "Next": "Send"}}
	}`))
	if err != nil {
		panic(err)
	}
	for _, d := range asl.Validate(m) {
		fmt.Println(d)
	}
	// Output:
	// UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'name' at the top level is not supported. at /States/Greet/Output
	// MISSING_TRANSITION_TARGET: Missing 'Next' target: Send at /States/Greet/Next
	// MISSING_END_STATE: Workflow has no terminal state at null
}
