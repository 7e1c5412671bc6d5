package workflow

import "encoding/json"

// Sticky is a note on the canvas that belongs to no node. It says something to people and
// does nothing: no run sees it.
type Sticky struct {
	ID            string
	Text          string
	X, Y          float64 // upper left corner, as a node's position
	Width, Height float64 // 0 means as the editor likes
	Color         string  // one of StickyColors, "" means the first
	Extra         map[string]json.RawMessage
}

// Limits of the notes on a canvas.
const (
	MaxStickies     = 50
	MaxStickyLength = 2000 // characters
	MaxStickySide   = 2000 // of its width and its height
)

// StickyColors are the names of the colours; which shade each is, is for the editor to
// say, which has a light and a dark look.
var StickyColors = []string{"yellow", "blue", "green", "red"}

// MarshalJSON: see Definition.MarshalJSON.
func (s Sticky) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("id", s.ID)
	w.put("text", s.Text)
	w.put("x", s.X)
	w.put("y", s.Y)
	if s.Width != 0 {
		w.put("width", s.Width)
	}
	if s.Height != 0 {
		w.put("height", s.Height)
	}
	w.text("color", s.Color)
	return w.finish(s.Extra)
}

func (r *reader) sticky(raw json.RawMessage, path string, s *Sticky) {
	m, ok := r.object(raw, "", path, "a sticky note")
	if !ok {
		return
	}
	r.string(m, "id", "", path, &s.ID)
	r.string(m, "text", "", path, &s.Text)
	for _, side := range []struct {
		name string
		into *float64
	}{{"x", &s.X}, {"y", &s.Y}, {"width", &s.Width}, {"height", &s.Height}} {
		if raw, ok := m.take(side.name); ok {
			r.decode(raw, "", path+"/"+side.name, side.name, "a number", side.into)
		}
	}
	r.string(m, "color", "", path, &s.Color)
	s.Extra = m.rest()
}
