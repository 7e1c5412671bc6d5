// Package throttled has tests only: what becomes of mails, events, runs and mail to be sent
// while AWS takes less than they ask for. Nothing may be lost, done twice, or fail for it.
package throttled
