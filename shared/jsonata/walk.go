package jsonata

const (
	// maxNesting bounds the depth of values that are walked recursively.
	maxNesting = 10_000
	// maxNodes bounds how many parts of a value one walk visits. A value may share its parts, so that a small
	// expression can make one that is huge when spelled out.
	maxNodes = 1_000_000
	// maxText bounds the length of a string that an expression makes, in bytes.
	maxText = 50_000_000
)

// walk counts on the way through a value.
type walk struct {
	depth, nodes int
	over         bool
}

// enter goes one level down; false means that a bound was passed and the walk must end.
func (w *walk) enter() bool {
	w.depth++
	w.nodes++
	if w.depth > maxNesting || w.nodes > maxNodes {
		w.over = true
	}
	return !w.over
}

func (w *walk) leave() { w.depth-- }

// err is the error of a walk that was cut short.
func (w *walk) err() error {
	if w.over {
		return fail("D3155")
	}
	return nil
}

func checkText(n int) error {
	if n > maxText {
		return failMessage("U1001", "the evaluation made a string of more than 50 MB")
	}
	return nil
}
