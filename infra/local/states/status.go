package states

import (
	"encoding/json"
	"log/slog"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/shared/interp"
)

// StatusChange is one "Step Functions Execution Status Change" event of the source
// aws.states. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
type StatusChange struct {
	ID        string // the same when it is told again
	Time      time.Time
	Resources []string        // the execution's ARN
	Detail    json.RawMessage // as in AWS: times in milliseconds, input and output as text
}

// DetailType and Source of these events.
const (
	DetailType = "Step Functions Execution Status Change"
	Source     = "aws.states"
)

// maxData is how many bytes of input and output an event carries at most.
const maxData = 248 << 10

type included struct {
	Included bool `json:"included"`
}

// tell puts the execution's status into the outbox.
func (s *Service) tell(tx *bbolt.Tx, r *record) error {
	if s.EmitStatus == nil {
		return nil
	}
	at := r.StartTime
	if r.Status != interp.Running {
		at = r.StopTime
	} else if !r.RedriveTime.IsZero() {
		at = r.RedriveTime
	}
	d := map[string]any{
		"executionArn": r.ARN, "stateMachineArn": s.machineARN(r.Machine), "name": r.Name, "status": r.Status,
		"startDate": r.StartTime.UnixMilli(), "stopDate": nil, "redriveCount": r.RedriveCount, "redriveDate": nil,
		"input": nil, "inputDetails": included{}, "output": nil, "outputDetails": nil, "error": nil, "cause": nil,
		"stateMachineVersionArn": nil, "stateMachineAliasArn": nil,
	}
	if r.VersionARN != "" {
		d["stateMachineVersionArn"] = r.VersionARN
	}
	if !r.StopTime.IsZero() {
		d["stopDate"] = r.StopTime.UnixMilli()
	}
	if !r.RedriveTime.IsZero() {
		d["redriveDate"] = r.RedriveTime.UnixMilli()
	}
	d["redriveStatus"], d["redriveStatusReason"] = r.redriveStatus(at)
	input, output := escaped(r.Input), escaped(r.Output)
	if input+output <= maxData {
		d["input"], d["inputDetails"] = string(r.Input), included{true}
	}
	if r.Status == interp.Succeeded {
		d["outputDetails"] = included{output <= maxData}
		if output <= maxData {
			d["output"] = string(r.Output)
		}
	}
	if r.Error != "" {
		d["error"] = r.Error
	}
	if r.Cause != "" {
		d["cause"] = r.Cause
	}
	detail, err := json.Marshal(d)
	if err != nil {
		return err
	}
	b := tx.Bucket([]byte(inOutbox))
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	return put(tx, inOutbox, number(seq), StatusChange{ID: uuid(), Time: at, Resources: []string{r.ARN}, Detail: detail})
}

func escaped(text json.RawMessage) int {
	n := len(text)
	for _, c := range text {
		if c == '"' || c == '\\' {
			n++
		}
	}
	return n
}

// drain tells what is in the outbox, in order, one goroutine at a time; it counts as
// work in hand. What cannot be told now is tried again in a second.
func (s *Service) drain() {
	if s.EmitStatus == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.draining {
		s.again = true
		return
	}
	s.draining = true
	done := s.Clock.Busy("states status changes")
	s.telling.Go(func() {
		defer done()
		for {
			ok := s.empty()
			s.mu.Lock()
			if ok && s.again {
				s.again = false
				s.mu.Unlock()
				continue
			}
			s.draining, s.again = false, false
			closed := s.closed
			s.mu.Unlock()
			if !ok && !closed {
				s.Clock.At(s.Clock.Now().Add(time.Second), "states status changes", s.drain)
			}
			return
		}
	})
}

// empty tells everything there is; false when something could not be told.
func (s *Service) empty() bool {
	for s.ctx.Err() == nil {
		var keys []string
		var batch []StatusChange
		err := s.DB.View(func(tx *bbolt.Tx) error {
			return scan(tx.Bucket([]byte(inOutbox)), "", "", func(key string, v []byte) (bool, error) {
				var e StatusChange
				if err := json.Unmarshal(v, &e); err != nil {
					return false, corrupt("status change", err)
				}
				keys, batch = append(keys, key), append(batch, e)
				return len(batch) < 100, nil
			})
		})
		if err == nil && len(batch) == 0 {
			return true
		}
		told := 0
		for _, e := range batch {
			if err = s.ctx.Err(); err != nil {
				break
			}
			for _, x := range s.disturbed(e) {
				if err = s.EmitStatus(s.ctx, x); err != nil {
					break
				}
			}
			if err != nil {
				break
			}
			told++
		}
		if told > 0 {
			gone := s.DB.Update(func(tx *bbolt.Tx) error {
				for _, k := range keys[:told] {
					if err := tx.Bucket([]byte(inOutbox)).Delete([]byte(k)); err != nil {
						return err
					}
				}
				return nil
			})
			if err == nil {
				err = gone
			}
		}
		if err != nil {
			if s.ctx.Err() == nil {
				slog.Error("tell status changes", "error", err)
			}
			return false
		}
	}
	return false
}
