package dynamodb

import "github.com/deskhand/deskhand/infra/local/awshttp"

// FailNext makes the next calls of an action ("PutItem") answer these errors, one
// each, before anything is done; nil lets a call through. For tests of retries.
func (s *Service) FailNext(action string, errs ...*awshttp.Error) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.failures[action] = append(s.failures[action], errs...)
}

// ForceConflicts cancels the next n TransactWriteItems with TransactionConflict on
// their first item: for tests, since calls here never overlap.
func (s *Service) ForceConflicts(n int) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.conflicts = n
}

func (s *Service) forced(action string) error {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	left := s.failures[action]
	if len(left) == 0 {
		return nil
	}
	s.failures[action] = left[1:]
	if left[0] == nil {
		return nil
	}
	return left[0]
}

func (s *Service) forcedConflict() bool {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	if s.conflicts == 0 {
		return false
	}
	s.conflicts--
	return true
}
