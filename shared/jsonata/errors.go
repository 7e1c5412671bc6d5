package jsonata

import (
	"strconv"
	"strings"
)

// Error is a failure to parse or to evaluate. Code is JSONata's own code (S for syntax, T for type, D for
// dynamic, U for a bound that was passed). Position counts UTF-16 code units from the start of the source and
// points just past the offending token, as in JSONata; 0 means unknown. Token is the operator, function or
// symbol concerned, Value the offending value, both where the code has one.
type Error struct {
	Code     string
	Position int
	Token    string
	Value    any
	Message  string

	value2  any
	index   int
	subtype string
	custom  bool
	calls   []callSite
}

// callSite remembers where a function was called on the way of an error, so that a recursive function reports
// its innermost call.
type callSite struct {
	proc any
	pos  int
}

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// messages holds one sentence per code. %t is the token, %v the value, %q the value quoted, %w the second value, %i the argument's
// index, %y the element type of an array argument.
var messages = map[string]string{
	"S0101": "a string literal has no closing quote",
	"S0102": "number %t is out of range",
	"S0103": "escape sequence \\%t is not supported",
	"S0104": "\\u must be followed by four hexadecimal digits",
	"S0105": "a quoted name has no closing backquote",
	"S0106": "a comment has no closing */",
	"S0201": "syntax error at %t",
	"S0202": "expected %v, got %t",
	"S0203": "expected %v before the end of the expression",
	"S0204": "unknown operator %t",
	"S0205": "unexpected token %t",
	"S0206": "unknown kind of expression %t",
	"S0207": "the expression ends too early",
	"S0208": "parameter %v of a function definition must be a variable name (it starts with $)",
	"S0209": "a predicate cannot follow a grouping expression in a step",
	"S0210": "a step can have only one grouping expression",
	"S0211": "%t cannot be used as a unary operator",
	"S0212": "the left side of := must be a variable name (it starts with $)",
	"S0213": "the literal %v cannot be a step of a path",
	"S0214": "the right side of %t must be a variable name (it starts with $)",
	"S0215": "a context variable binding must come before the predicates of its step",
	"S0216": "a context variable binding must come before the order-by clause of its step",
	"S0217": "the parent object cannot be derived from this expression",
	"S0301": "a regular expression cannot be empty",
	"S0302": "a regular expression has no closing /",
	"S0303": "the regular expression is not valid: %v",
	"S0401": "type parameters apply only to functions and arrays in a signature",
	"S0402": "a choice group in a signature cannot hold parameterized types",
	"S0501": "the expression is nested too deeply",
	"T0410": "argument %i of function %t does not match its signature",
	"T0411": "the context value does not fit argument %i of function %t",
	"T0412": "argument %i of function %t must be an array of %y",
	"D1001": "number %v is out of range",
	"D1002": "cannot negate %v, which is not a number",
	"T1003": "a key of an object must be a string, got %v",
	"D1004": "the regular expression matches a string of length zero",
	"T1005": "the invoked value is not a function; did you mean $%t?",
	"T1006": "the invoked value is not a function",
	"T1007": "the partially applied value is not a function; did you mean $%t?",
	"T1008": "the partially applied value is not a function",
	"D1009": "more than one key definition gives the key %v",
	"T1010": "the matcher function given to %t returns an object of the wrong structure",
	"T1011": "the result holds a function, which has no JSON form; call the function or leave it out",
	"T2001": "the left side of %t must be a number",
	"T2002": "the right side of %t must be a number",
	"T2003": "the left side of the range operator .. must be an integer",
	"T2004": "the right side of the range operator .. must be an integer",
	"T2006": "the right side of ~> must be a function",
	"T2007": "order-by cannot compare %v with %w, which is of another type",
	"T2008": "order-by needs numbers or strings",
	"T2009": "%v and %w on the two sides of %t must be of one type",
	"T2010": "both sides of %t must be numbers or strings",
	"T2011": "the update clause of a transform must give an object, got %v",
	"T2012": "the delete clause of a transform must give a string or an array of strings, got %v",
	"T2013": "a transform copies its input with $clone, which is bound to something that is not a function",
	"D2014": "a range may hold at most 1e7 items, this one has %v",
	"D3001": "$string cannot print Infinity or NaN",
	"D3010": "the second argument of $replace cannot be an empty string",
	"D3011": "the fourth argument of $replace must be a positive number",
	"D3012": "a match can only be replaced by a string",
	"D3020": "the third argument of $split must be a positive number",
	"D3030": "cannot turn %v into a number",
	"D3040": "the third argument of $match must be a positive number",
	"D3050": "the second argument of $reduce must be a function of at least two arguments",
	"D3060": "$sqrt cannot take the negative number %v",
	"D3061": "$power of %v and %w cannot be written as a JSON number",
	"D3070": "$sort without a comparator needs an array of numbers or an array of strings; pass a function as second argument",
	"D3080": "a number picture may hold at most two sub-pictures",
	"D3081": "a sub-picture may hold only one decimal separator",
	"D3082": "a sub-picture may hold only one percent sign",
	"D3083": "a sub-picture may hold only one per-mille sign",
	"D3084": "a sub-picture may not hold both a percent and a per-mille sign",
	"D3085": "the mantissa of a sub-picture needs at least one digit sign",
	"D3086": "a sub-picture may not hold a passive character between active ones",
	"D3087": "a grouping separator may not stand next to the decimal separator",
	"D3088": "a grouping separator may not end the integer part",
	"D3089": "two grouping separators may not stand next to each other",
	"D3090": "in the integer part an optional digit may not follow a mandatory one",
	"D3091": "in the fractional part a mandatory digit may not follow an optional one",
	"D3092": "a sub-picture with a percent or per-mille sign may not have an exponent",
	"D3093": "the exponent of a sub-picture must consist of digit signs",
	"D3100": "the radix of $formatBase must lie between 2 and 36, got %v",
	"D3110": "$toMillis needs an ISO 8601 timestamp, got %v",
	"D3130": "an integer picture starting with %v is not supported",
	"D3131": "all digits of an integer picture must come from one decimal group",
	"D3132": "unknown component %v in a date/time picture",
	"D3133": "only months and days can be written as names in a date/time picture, not %v",
	"D3134": "a timezone in a date/time picture has at most four digits",
	"D3135": "a date/time picture has no closing ]",
	"D3136": "the date/time picture lacks components that are needed to read the timestamp",
	"D3138": "$single found more than one match",
	"D3139": "$single found no match",
	"D3140": "Malformed URL passed to $%t(): %q",
	"D3150": "$partition needs a chunk size that is a positive integer, got %v",
	"D3151": "$range needs a step other than zero",
	"D3152": "$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not %v",
	"D3153": "$parse got text that is not JSON: %v",
	"D3154": "a regular expression took too long to match; simplify it",
	"D3155": "a value is nested too deeply or has too many parts",
	"U1001": "the evaluation passed its bound: %v",
}

func fail(code string) *Error                  { return &Error{Code: code} }
func failAt(code string, pos int) *Error       { return &Error{Code: code, Position: pos} }
func failValue(code string, v any) *Error      { return &Error{Code: code, Value: v} }
func failArg(code string, i int, v any) *Error { return &Error{Code: code, index: i, Value: v} }
func failToken(code, tok string, pos int) *Error {
	return &Error{Code: code, Token: tok, Position: pos}
}
func failMessage(code string, msg string) *Error {
	return &Error{Code: code, Message: msg, custom: true}
}

// finish fills in the message and turns the value into its JSON shape.
func (e *Error) finish() *Error {
	if !e.custom && e.Message == "" {
		t := messages[e.Code]
		var b strings.Builder
		for i := 0; i < len(t); i++ {
			if t[i] != '%' || i+1 == len(t) {
				b.WriteByte(t[i])
				continue
			}
			i++
			switch t[i] {
			case 't':
				b.WriteString(e.Token)
			case 'v':
				b.WriteString(printable(e.Value))
			case 'q':
				b.WriteString(string(appendQuoted(nil, printable(e.Value))))
			case 'w':
				b.WriteString(printable(e.value2))
			case 'i':
				b.WriteString(strconv.Itoa(e.index))
			case 'y':
				b.WriteString(e.subtype)
			}
		}
		e.Message = b.String()
	}
	if isUndefined(e.Value) {
		e.Value = nil
	} else if v, err := export(e.Value); err == nil {
		e.Value = v
	} else {
		e.Value = nil
	}
	e.calls = nil
	return e
}

// printable gives a value's JSON text, cut to a length that fits a message.
func printable(v any) string {
	if isUndefined(v) {
		return "nothing"
	}
	s, err := stringify(v, false)
	if err != nil {
		return "a value that cannot be printed"
	}
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
