package mail_test

import (
	"testing"

	"github.com/deskhand/deskhand/shared/mail"
)

// Patterns compile at their first use: a broken one must not wait for that.
func TestPatterns(t *testing.T) {
	if n := mail.CompilePatterns(); n < 40 {
		t.Errorf("%d patterns were compiled", n)
	}
}
