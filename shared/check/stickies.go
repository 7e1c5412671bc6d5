package check

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

// stickies: notes on the canvas are few and short, have ids of their own and colours that
// there are. They are of no node, so their Problems are the definition's.
func stickies(c *checker) {
	if n := len(c.def.Stickies); n > workflow.MaxStickies {
		c.fail("", "/stickies", "sticky", "the workflow has %d sticky notes; the limit is %d: take some out", n, workflow.MaxStickies)
	}
	seen := map[string]bool{}
	for i, s := range c.def.Stickies {
		at := workflow.Pointer("stickies", i)
		for _, name := range sorted(s.Extra) {
			c.unknownMember("", at, "a sticky note", name)
		}
		switch {
		case !workflow.ValidID(s.ID):
			c.fail("", at+"/id", "sticky", "the sticky note has the id %q; begin with a small letter, then small letters, digits and _, 40 at most", s.ID)
		case seen[s.ID]:
			c.fail("", at+"/id", "sticky", "two sticky notes have the id %s; rename one", s.ID)
		}
		seen[s.ID] = true
		if utf8.RuneCountInString(s.Text) > workflow.MaxStickyLength {
			c.fail("", at+"/text", "sticky", "the text of the sticky note is longer than %d characters; shorten it", workflow.MaxStickyLength)
		}
		for _, side := range []struct {
			name string
			is   float64
		}{{"width", s.Width}, {"height", s.Height}} {
			if side.is < 0 || side.is > workflow.MaxStickySide {
				c.fail("", at+"/"+side.name, "sticky", "the %s of the sticky note is %g; give one from 0 to %d", side.name, side.is, workflow.MaxStickySide)
			}
		}
		if s.Color != "" && !slices.Contains(workflow.StickyColors, s.Color) {
			c.fail("", at+"/color", "sticky", "the colour of the sticky note is %q; choose one of %s", s.Color, strings.Join(workflow.StickyColors, ", "))
		}
	}
}
