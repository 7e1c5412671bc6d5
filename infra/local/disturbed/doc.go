// Package disturbed shows that run records stay truthful when Step Functions' status events,
// which AWS delivers best effort and perhaps out of order, are lost, come twice or come in the
// wrong order: on the whole local stack, each run's status in REST is held against what
// Step Functions itself says of the execution, and the workflow's counts against the runs.
//
// It has no code besides its test.
package disturbed
