package stack

import "github.com/deskhand/deskhand/infra/local/awshttp"

// Observe has every call to the AWS endpoint told to f: what the functions do, and what
// people do with the CLI. It does not see what the stand-ins do among themselves.
func (s *Stack) Observe(f func(awshttp.Observation)) {
	s.aws.Handler.(*awshttp.Endpoint).Observe(f)
}
