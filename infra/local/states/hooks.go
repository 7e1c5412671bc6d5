package states

// Disturb puts f between the executions' status changes and the bus: f gets every change in
// order and gives what is told for it now, which may be nothing (lost, or kept to be told with
// a later one), the change several times, or several changes in any order. AWS delivers these
// events best effort and perhaps out of order; for tests of those who listen. nil ends it.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (s *Service) Disturb(f func(StatusChange) []StatusChange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disturb = f
}

// disturbed is what is told for a change.
func (s *Service) disturbed(e StatusChange) []StatusChange {
	s.mu.Lock()
	f := s.disturb
	s.mu.Unlock()
	if f == nil {
		return []StatusChange{e}
	}
	return f(e)
}
