package apigateway

import (
	"sync"
	"time"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// stage is a stage with its token buckets: one for each route, by the route's own
// settings or the stage's.
type stage struct {
	name      string
	variables map[string]string
	spec      cfn.Stage

	mu      sync.Mutex
	buckets map[string]*bucket
	clock   func() time.Time
}

func newStage(s cfn.Stage, clock func() time.Time) *stage {
	return &stage{name: s.Name, variables: s.Variables, spec: s, buckets: map[string]*bucket{}, clock: clock}
}

// bucket holds tokens: one per request, refilled at rate.
type bucket struct {
	tokens float64
	at     time.Time
}

// admit takes a token for the route; false is 429.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
func (s *stage) admit(route string) bool {
	limit, own := s.spec.Routes[route]
	key := route
	if !own {
		limit, key = s.spec.Default, ""
	}
	if limit.Rate == 0 && limit.Burst == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	b := s.buckets[key]
	if b == nil {
		b = &bucket{tokens: float64(limit.Burst), at: now}
		s.buckets[key] = b
	}
	b.tokens = min(b.tokens+now.Sub(b.at).Seconds()*limit.Rate, float64(limit.Burst))
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
