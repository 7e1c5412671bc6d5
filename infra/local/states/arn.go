package states

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

func (s *Service) machineARN(name string) string {
	return "arn:aws:states:" + s.Region + ":" + s.Account + ":stateMachine:" + name
}

func (s *Service) executionARN(machine, name string) string {
	return "arn:aws:states:" + s.Region + ":" + s.Account + ":execution:" + machine + ":" + name
}

// split takes an ARN of Step Functions apart and checks its kind.
func split(arn, kind string) (rest []string, err error) {
	part := strings.Split(arn, ":")
	if len(part) < 2 || part[0] != "arn" {
		return nil, fail("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	if len(part) < 7 || part[2] != "states" {
		return nil, fail("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: %s'", arn)
	}
	if part[5] != kind {
		return nil, fail("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: %s'", part[5])
	}
	return part[6:], nil
}

// parseMachine reads a state machine's ARN; version is 0 when it is not qualified.
func (s *Service) parseMachine(arn string) (name string, version int, err error) {
	rest, err := split(arn, "stateMachine")
	if err != nil {
		return "", 0, err
	}
	if len(rest) > 2 {
		return "", 0, fail("InvalidArn", "Invalid Arn: '%s'", arn)
	}
	if len(rest) == 2 {
		version, err = strconv.Atoi(rest[1])
		if err != nil || version < 1 {
			return "", 0, fail("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s' (the local Step Functions has no aliases)", arn)
		}
	}
	if !strings.HasPrefix(arn, s.machineARN(rest[0])) {
		return "", 0, noMachine(arn)
	}
	return rest[0], version, nil
}

func noMachine(arn string) error {
	return fail("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
}

func noExecution(arn string) error {
	return fail("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
}

// parseExecution reads an execution's ARN into its key.
func (s *Service) parseExecution(arn string) (key string, err error) {
	rest, err := split(arn, "execution")
	if err != nil {
		return "", err
	}
	if len(rest) != 2 || arn != s.executionARN(rest[0], rest[1]) {
		return "", noExecution(arn)
	}
	return executionKey(rest[0], rest[1]), nil
}

func executionKey(machine, name string) string { return machine + "\x00" + name }

// checkName applies the rules for names of machines and executions.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func checkName(name string) error {
	bad := name == "" || utf8.RuneCountInString(name) > 80
	for _, r := range name {
		bad = bad || r <= 0x20 || r >= 0x7f && r <= 0x9f || r == 0xfffd || strings.ContainsRune(`<>{}[]?*"#%\^|~`+"`"+`$&,;:/`, r)
	}
	if bad {
		return fail("InvalidName", "Invalid Name: '%s'", name)
	}
	return nil
}

func checkRole(arn string) error {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 2 || part[0] != "arn" {
		return fail("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	if len(part) != 6 || part[2] != "iam" || !strings.HasPrefix(part[5], "role/") {
		return fail("InvalidArn", "Invalid Arn: 'Not a role: %s'", arn)
	}
	return nil
}

// passRole asks whether the caller may give the role to Step Functions.
func passRole(c *awshttp.Call, role string) error {
	if err := checkRole(role); err != nil {
		return err
	}
	return c.Allow("iam:PassRole", role, map[string]string{"iam:PassedToService": "states.amazonaws.com"})
}

// page is the shared form of the list calls.
type page struct {
	MaxResults *int    `json:"maxResults"`
	NextToken  *string `json:"nextToken"`
}

func (p page) size(longest int) (int, error) {
	n := 100
	if p.MaxResults != nil && *p.MaxResults != 0 {
		n = *p.MaxResults
	}
	if n > 1000 {
		return 0, fail("ValidationException", "1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000", n)
	}
	if n < 0 {
		return 0, fail("ValidationException", "1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0", n)
	}
	if p.NextToken != nil && len(*p.NextToken) > longest {
		return 0, fail("ValidationException", "1 validation error detected: Value '%s' at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to %d", *p.NextToken, longest)
	}
	return n, nil
}
