package states

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/interp"
)

// newToken makes a task token; AWS's are longer, up to 2048 characters.
func newToken() string {
	var b [96]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// answer signals the task that a token stands for.
func (s *Service) answer(c *awshttp.Call, action, token string, sig func(task int64) interp.Signal) (any, error) {
	if token == "" || len(token) > 2048 {
		return nil, fail("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	t, err := view[ticket](s, inTokens, token)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fail("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	r, err := view[record](s, inExecutions, t.Key)
	if err != nil {
		return nil, err
	}
	if r == nil || r.MachineID != t.ID {
		return nil, fail("TaskDoesNotExist", "Task Does Not Exist: 'Task does not exist'")
	}
	if err := c.Allow("states:"+action, s.machineARN(r.Machine), nil); err != nil {
		return nil, err
	}
	if _, err := s.signal(t.Key, sig(t.Task), nil); isClosed(err) {
		return nil, fail("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	} else if err != nil {
		return nil, err
	}
	return nil, nil
}

func (s *Service) sendTaskSuccess(c *awshttp.Call) (any, error) {
	var in struct {
		Token  string `json:"taskToken"`
		Output string `json:"output"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if len(in.Output) > interp.MaxPayload {
		return nil, fail("ValidationException", "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to %d", interp.MaxPayload)
	}
	if !json.Valid([]byte(in.Output)) {
		return nil, fail("InvalidOutput", "Invalid Output: 'Invalid output'")
	}
	return s.answer(c, "SendTaskSuccess", in.Token, func(task int64) interp.Signal {
		return interp.Succeed(task, json.RawMessage(in.Output))
	})
}

func (s *Service) sendTaskFailure(c *awshttp.Call) (any, error) {
	var in struct {
		Token string  `json:"taskToken"`
		Error *string `json:"error"`
		Cause *string `json:"cause"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := checkFailure(in.Error, in.Cause); err != nil {
		return nil, err
	}
	return s.answer(c, "SendTaskFailure", in.Token, func(task int64) interp.Signal {
		return interp.Fail(task, interp.Failure{Error: in.Error, Cause: in.Cause})
	})
}

func (s *Service) sendTaskHeartbeat(c *awshttp.Call) (any, error) {
	var in struct {
		Token string `json:"taskToken"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return s.answer(c, "SendTaskHeartbeat", in.Token, interp.Beat)
}
