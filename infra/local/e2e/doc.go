// Package e2e holds the end-to-end tests of the product on the local stack: mail goes
// in by SMTP, what people and programs see is read over REST, from the mailbox and from
// the approval page. Of the stack itself only the clock and the signing of tokens are
// used from inside. Every test makes inboxes, groups, words and domains of its own on
// an empty desk, and waits until the stack is idle, never for a time.
//
// It has no code besides its tests. The functions are compiled once, into a folder of
// the user's cache, and one stack serves every test that does not need another one
// (a killed process, a changed template).
package e2e
