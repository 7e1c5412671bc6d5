package asl

import (
	"fmt"
	"strings"
)

// Severities and codes of diagnostics.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
const (
	SeverityError   = "ERROR"
	SeverityWarning = "WARNING"

	CodeJSON        = "INVALID_JSON_DESCRIPTION"
	CodeSchema      = "SCHEMA_VALIDATION_FAILED"
	CodeTarget      = "MISSING_TRANSITION_TARGET"
	CodeEnd         = "MISSING_END_STATE"
	CodeExpression  = "INVALID_JSONATA_EXPRESSION"
	CodeUnsupported = "UNSUPPORTED_JSONATA_EXPRESSION"
)

// Diagnostic is one finding of Validate. Location is a path such as
// "/States/Send/Arguments/Payload", empty when AWS gives none.
type Diagnostic struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

func (d Diagnostic) String() string {
	at := d.Location
	if at == "" {
		at = "null"
	}
	return d.Code + ": " + d.Message + " at " + at
}

// Error is a definition that cannot be used; its text is what CreateStateMachine says.
type Error struct{ Diagnostics []Diagnostic }

func (e *Error) Error() string {
	all := make([]string, 0, len(e.Diagnostics))
	for _, d := range e.Diagnostics {
		if d.Severity == SeverityError {
			all = append(all, d.String())
		}
	}
	return "Invalid State Machine Definition: '" + strings.Join(all, ", ") + "'"
}

// Check is Validate as an error: nil when no diagnostic is an ERROR, else an *Error.
func Check(m *Machine) error {
	found := Validate(m)
	for _, d := range found {
		if d.Severity == SeverityError {
			return &Error{found}
		}
	}
	return nil
}

// report collects diagnostics.
type report struct{ found []Diagnostic }

func (r *report) add(code, location, format string, args ...any) {
	r.found = append(r.found, Diagnostic{SeverityError, code, fmt.Sprintf(format, args...), location})
}

func (r *report) schema(location, format string, args ...any) {
	r.add(CodeSchema, location, format, args...)
}
