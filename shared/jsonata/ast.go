package jsonata

type kind uint8

const (
	kindNone kind = iota
	kindName
	kindString
	kindNumber
	kindValue
	kindRegex
	kindVariable
	kindWildcard
	kindDescendant
	kindParent
	kindOperator // a bare operator token: a field name such as and, or the ? of a partial application
	kindEnd
	kindBinary
	kindUnary
	kindArray
	kindObject
	kindPath
	kindBlock
	kindCondition
	kindBind
	kindApply
	kindCall
	kindPartial
	kindLambda
	kindTransform
	kindSort
)

// kindNames are JSONata's names of the kinds, which some syntax errors report.
var kindNames = [...]string{"", "name", "string", "number", "value", "regex", "variable", "wildcard", "descendant", "parent",
	"operator", "(end)", "binary", "unary", "unary", "unary", "path", "block", "condition", "bind", "apply", "function",
	"partial", "lambda", "transform", "sort"}

// node is one node of the tree. The parser fills in the operands; resolve turns operators into paths, stages,
// bindings and groups. After Compile nothing is written any more.
type node struct {
	kind kind
	pos  int
	text string // name, variable, string or operator
	id   int    // of a variable
	op   opcode // of a binary operator

	value   any     // number, value, or a string boxed once
	builtin *native // of a variable that names a built-in function

	lhs, rhs, alt *node      // operands; of a condition: test, then, else; of a transform: pattern, update, delete
	list          []*node    // steps, block, array items or arguments
	pairs         [][2]*node // of an object
	terms         []sortTerm
	params        []*node // of a lambda
	names         []int   // ids of params
	sig           *signature
	re            *regexValue

	predicate            []stage // filters after the value of this node
	stages               []stage // filters and indexes inside a path step
	group                *node   // a kindObject that groups the value
	focus                int     // @$name
	index                int     // #$name
	ancestor             *slot
	focusName, indexName string
	slot                 *slot   // of a parent operator
	seeking              []*slot // parent operators inside that are not placed yet

	keepArray     bool // written with [] after it
	keepSingleton bool // of a path one of whose steps keeps its array
	consarray     bool // array constructor at an end of a path
	tuple         bool // the step carries bindings along
	thunk         bool // a call in tail position
	scope         bool // of a block: it assigns variables itself
	plainName     bool // a name step with nothing attached
}

type stage struct {
	expr  *node // filter, or nil
	index int   // position binding when expr is nil
	name  string
}

type sortTerm struct {
	expr       *node
	descending bool
}

// slot is where a parent operator finds its value: the step that many levels up binds it under label.
type slot struct {
	label int
	level int
	index int
}

type opcode uint8

const (
	opNone opcode = iota
	opAdd
	opSub
	opMul
	opDiv
	opMod
	opEq
	opNe
	opLt
	opLe
	opGt
	opGe
	opConcat
	opRange
	opIn
	opAnd
	opOr
)

var opcodes = map[string]opcode{"+": opAdd, "-": opSub, "*": opMul, "/": opDiv, "%": opMod, "=": opEq, "!=": opNe, "<": opLt,
	"<=": opLe, ">": opGt, ">=": opGe, "&": opConcat, "..": opRange, "in": opIn, "and": opAnd, "or": opOr}
