package dynamodb

import (
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// recoverable is how far back a table can be restored, once it is that old.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
const recoverable = 35 * 24 * time.Hour

// describeContinuousBackups tells what the template asks for; nothing is backed up here.
func (s *Service) describeContinuousBackups(c *awshttp.Call) (any, error) {
	var in struct{ TableName string }
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.allow(c, "DescribeContinuousBackups", in.TableName, "", nil); err != nil {
		return nil, err
	}
	t, err := s.tableNamed(in.TableName)
	if err != nil {
		return nil, err
	}
	point := map[string]any{"PointInTimeRecoveryStatus": "DISABLED"}
	if t.spec.Recoverable {
		now := s.clock.Now()
		earliest := t.created
		if from := now.Add(-recoverable); from.After(earliest) {
			earliest = from
		}
		latest := now.Add(-5 * time.Minute) // as far behind as AWS may be
		if latest.Before(earliest) {
			latest = earliest
		}
		point = map[string]any{"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": int(recoverable.Hours() / 24),
			"EarliestRestorableDateTime": seconds(earliest), "LatestRestorableDateTime": seconds(latest)}
	}
	return map[string]any{"ContinuousBackupsDescription": map[string]any{"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": point}}, nil
}
