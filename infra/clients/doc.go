// Package clients holds small clients of the REST interface in other languages, and the
// test that runs their examples against a local stack; see README.md. It has no Go code of
// its own and nobody imports it.
package clients
