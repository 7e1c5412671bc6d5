package store

import "context"

// StartedBy leads from workflows to the runs that an event has started of them, restarts
// left out. It is strongly consistent.
func (s *Store) StartedBy(ctx context.Context, eventID string) (map[string]string, error) {
	items, err := s.all(ctx, span{pk: eventKey(eventID).pk, prefix: runPrefix}, 0)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, it := range items {
		if text(it, "restartOf") == "" {
			out[text(it, "workflow")] = text(it, "run")
		}
	}
	return out, nil
}
