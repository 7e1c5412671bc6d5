package clock_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/clock"
)

func TestSystem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ahead")
	ahead := func(now time.Time) time.Duration { return time.Until(now).Round(time.Minute) }
	t.Setenv("CLOCK_FILE", "")
	if now := clock.System()(); ahead(now) != 0 || now.Location() != time.UTC {
		t.Errorf("without a file it is %s", now)
	}
	t.Setenv("CLOCK_FILE", file)
	now := clock.System()
	for _, c := range []struct {
		text string
		want time.Duration
	}{{"", 0}, {"24h\n", 24 * time.Hour}, {"36h0m0s", 36 * time.Hour}, {"tomorrow", 0}} {
		if c.text != "" {
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := ahead(now()); got != c.want {
			t.Errorf("%q: %s ahead, want %s", c.text, got, c.want)
		}
	}
}
