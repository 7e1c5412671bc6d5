package jsonata

import "strings"

// signature describes the arguments of a function, as in <s-nn?:s>.
type signature struct {
	params []param
}

// param is one parameter. accepts lists the type symbols that may stand there (m is a missing value).
type param struct {
	kind     byte // s n b l o a f j x, or ( for a choice
	accepts  string
	subtype  string
	optional bool
	repeated bool
	context  bool // falls back to the context value
}

const anySymbols = "asnblfom"

// parseSignature reads the text of a signature; the offset is that of an error.
func parseSignature(text string) (*signature, int, *Error) {
	s := &signature{}
	last := func() *param {
		if len(s.params) == 0 {
			return &param{}
		}
		return &s.params[len(s.params)-1]
	}
	for i := 1; i < len(text) && text[i] != ':'; i++ {
		c := text[i]
		switch c {
		case 's', 'n', 'b', 'l', 'o':
			s.params = append(s.params, param{kind: c, accepts: string(c) + "m"})
		case 'a', 'x':
			s.params = append(s.params, param{kind: c, accepts: anySymbols})
		case 'f':
			s.params = append(s.params, param{kind: c, accepts: "f"})
		case 'j':
			s.params = append(s.params, param{kind: c, accepts: "asnblom"})
		case '-':
			last().context, last().optional = true, true
		case '?':
			last().optional = true
		case '+':
			last().repeated = true
		case '(':
			end := closing(text, i, '(', ')')
			choice := text[i+1 : min(end, len(text))]
			if strings.IndexByte(choice, '<') >= 0 {
				return nil, i, failValue("S0402", choice)
			}
			s.params = append(s.params, param{kind: '(', accepts: choice + "m"})
			i = end
		case '<':
			p := last()
			if p.kind != 'a' && p.kind != 'f' {
				return nil, i, failValue("S0401", string(p.kind))
			}
			end := closing(text, i, '<', '>')
			p.subtype = text[i+1 : min(end, len(text))]
			i = end
		}
	}
	return s, 0, nil
}

func closing(text string, i int, open, end byte) int {
	depth := 1
	for i++; i < len(text); i++ {
		switch text[i] {
		case end:
			if depth--; depth == 0 {
				return i
			}
		case open:
			depth++
		}
	}
	return i
}

func mustSignature(text string) *signature {
	s, _, err := parseSignature(text)
	if err != nil {
		panic(err) // only at start-up, on a table of our own
	}
	return s
}

// symbolOf is the type letter of a value.
func symbolOf(v any) byte {
	switch v.(type) {
	case string:
		return 's'
	case float64:
		return 'n'
	case bool:
		return 'b'
	case nil:
		return 'l'
	case []any, *array:
		return 'a'
	case map[string]any, *object, *tuple:
		return 'o'
	case *lambda, *native, *regexValue:
		return 'f'
	}
	return 'm'
}

func (p *param) takes(symbol byte) bool { return strings.IndexByte(p.accepts, symbol) >= 0 }

// match assigns symbols to parameters, greedily with backtracking as a regular expression would; counts[i] is
// how many arguments parameter i took. It returns how many parameters of the list matched at best.
func match(params []param, symbols []byte, counts []int) bool {
	if len(params) == 0 {
		return len(symbols) == 0
	}
	p := &params[0]
	most := 1
	if p.repeated {
		most = len(symbols)
	}
	n := 0
	for n < most && n < len(symbols) && p.takes(symbols[n]) {
		n++
	}
	least := 1
	if p.optional {
		least = 0
	}
	for ; n >= least; n-- {
		counts[0] = n
		if match(params[1:], symbols[n:], counts[1:]) {
			return true
		}
	}
	return false
}

// prefixMatch is match without the need to use up all symbols; it returns how many were used, or -1.
func prefixMatch(params []param, symbols []byte) int {
	if len(params) == 0 {
		return 0
	}
	p := &params[0]
	most := 1
	if p.repeated {
		most = len(symbols)
	}
	n := 0
	for n < most && n < len(symbols) && p.takes(symbols[n]) {
		n++
	}
	least := 1
	if p.optional {
		least = 0
	}
	for ; n >= least; n-- {
		if rest := prefixMatch(params[1:], symbols[n:]); rest >= 0 {
			return n + rest
		}
	}
	return -1
}

// validate checks args and fills in the context value and the arrays around single values.
func (s *signature) validate(args []any, context any) ([]any, *Error) {
	var space [8]byte
	symbols := space[:0]
	for _, a := range args {
		symbols = append(symbols, symbolOf(a))
	}
	var countSpace [8]int
	counts := countSpace[:]
	if len(s.params) > len(counts) {
		counts = make([]int, len(s.params))
	}
	if !match(s.params, symbols, counts) {
		return nil, s.mismatch(args, symbols)
	}
	if out, ok := s.unchanged(args, symbols, counts); ok {
		return out, nil
	}
	out := make([]any, 0, max(len(s.params), len(args)))
	at, used := 0, 0
	for i := range s.params {
		p := &s.params[i]
		if counts[i] == 0 {
			if !p.context {
				out = append(out, argAt(args, at))
				at++
				continue
			}
			if !p.takes(symbolOf(context)) {
				return nil, failArg("T0411", at+1, context)
			}
			out = append(out, context)
			continue
		}
		// As in JSONata, a parameter left out counts as an argument here, so that those after it may lie past the
		// end; and a repeated one that is no array passes on its first argument each time.
		first := argAt(args, at)
		for n := 0; n < counts[i]; n++ {
			arg := first
			if p.kind == 'a' && symbols[used] == 'm' {
				arg = undefined
			} else if p.kind == 'a' {
				var err *Error
				if arg, err = p.asArray(argAt(args, at), symbols[used], at, counts[i]); err != nil {
					return nil, err
				}
			}
			out = append(out, arg)
			at++
			used++
		}
	}
	return out, nil
}

func argAt(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return undefined
}

// unchanged is the common case: each argument has its parameter and none needs wrapping.
func (s *signature) unchanged(args []any, symbols []byte, counts []int) ([]any, bool) {
	if len(args) != len(s.params) {
		return nil, false
	}
	for i := range s.params {
		if counts[i] != 1 || (s.params[i].kind == 'a' && (symbols[i] != 'a' || s.params[i].subtype != "")) {
			return nil, false
		}
	}
	return args, true
}

var subtypeNames = map[string]string{"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}

// asArray checks the element type of an array parameter and wraps a single value. symbol is that of the
// argument the parameter took, which is arg unless one before it was left out.
func (p *param) asArray(arg any, symbol byte, at, count int) (any, *Error) {
	ok := true
	switch {
	case p.subtype == "":
	case symbol != 'a':
		ok = count == 1 && string(symbol) == p.subtype
	default:
		items, isArr := itemsOf(arg)
		for _, it := range items {
			if symbolOf(it) != p.subtype[0] {
				ok = false
				break
			}
		}
		ok = ok && isArr
	}
	if !ok {
		err := failArg("T0412", at+1, arg)
		err.subtype = subtypeNames[p.subtype]
		return nil, err
	}
	if symbol != 'a' {
		return []any{arg}, nil
	}
	return arg, nil
}

// mismatch finds the first argument that does not fit.
func (s *signature) mismatch(args []any, symbols []byte) *Error {
	good := 0
	for i := range s.params {
		n := prefixMatch(s.params[:i+1], symbols)
		if n < 0 {
			break
		}
		good = n
	}
	v := undefined
	if good < len(args) {
		v = args[good]
	}
	return failArg("T0410", good+1, v)
}
