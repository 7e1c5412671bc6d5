package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The half that needs no account: two recordings of the local stack are the same, and say what
// the product relies on.
func TestLocalHalf(t *testing.T) {
	t.Chdir("../..")
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{first, second} {
		if err := recordLocal(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := compare(first, second); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ file, says string }{
		{"approval", `"code": "TaskTimedOut"`}, {"approval", `"code": "InvalidToken"`}, {"approval", `"code": "InvalidOutput"`},
		{"time-out", `"code": "TaskTimedOut"`}, {"time-out", `"TaskTimedOut"`}, {"cancelled-wait", `cancelled`},
		{"redrive", `"ExecutionRedriven"`}, {"duplicate-start", `"code": "ExecutionAlreadyExists"`},
		{"denial", `"code": "AccessDeniedException"`}, {"status-event", `"status": "FAILED"`},
	} {
		text, err := os.ReadFile(first + "/" + c.file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), c.says) {
			t.Errorf("%s has no %s", c.file, c.says)
		}
		if strings.Contains(string(text), `"broken"`) {
			t.Errorf("%s broke: %s", c.file, text)
		}
	}
}

func TestChanges(t *testing.T) {
	got := changes([]string{"a", "b", "c", "d"}, []string{"a", "c", "x", "d", "e"})
	if d := cmp.Diff([]string{"- b", "+ x", "+ e"}, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}
