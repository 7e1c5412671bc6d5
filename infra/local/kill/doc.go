// Package kill kills the local stack with SIGKILL, again and again, while it is busy, starts
// it anew on the same data, and in the end counts: nothing that was acknowledged may be lost,
// and nothing may have happened twice.
//
// The load is what a desk sees: mail by SMTP (a sender keeps trying with the same Message-ID
// until it is taken, as mail servers do), tickets and events over REST (tried again with the
// same Idempotency-Key until they are answered), contacts that are changed over and over,
// approvals that are decided, timed waits; and at the AWS endpoint itself executions, and
// messages to a queue that nobody reads.
//
// It has no code besides its test. KILL_ROUNDS sets how often the process is killed
// (default 8, with CI=true 50), KILL_SEED when. One thing that cannot be both sent at most
// once and known to be sent is a mail whose sender died between SES's answer and its note of
// it: such a run must have failed with send_unknown, and is counted. Requests to approve are sent
// at least once: a second one, which leads to the same page, is counted and no error. So are
// requests that a kill cut off between their effect and their answer and that were sent again.
package kill
