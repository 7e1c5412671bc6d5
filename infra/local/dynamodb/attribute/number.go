package attribute

import (
	"math/big"
	"strconv"
	"strings"
)

// Number limits, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const (
	MaxDigits = 38
	maxExp    = 126  // 9.99…E+125 is 0.999…E+126
	minExp    = -129 // 1E-130 is 0.1E-129
)

// number is sign × 0.digits × 10^exp, digits without zeros at either end; zero has none.
type number struct {
	neg    bool
	digits string
	exp    int
}

// Number makes an N of a decimal text, normalised.
func Number(text string) (Value, error) {
	n, err := parseNumber(text)
	if err != nil {
		return Value{}, err
	}
	return Value{Kind: N, Text: n.String()}, nil
}

// Int makes an N.
func Int(i int64) Value { return Value{Kind: N, Text: strconv.FormatInt(i, 10)} }

func parseNumber(text string) (number, error) {
	var n number
	if text == "" {
		return n, Invalid("The parameter cannot be converted to a numeric value")
	}
	bad := Invalid("The parameter cannot be converted to a numeric value: " + text)
	s := text
	if s[0] == '+' || s[0] == '-' {
		n.neg = s[0] == '-'
		s = s[1:]
	}
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
		e, err := strconv.Atoi(exponent)
		if err != nil || strings.Contains(exponent, "_") {
			return n, bad
		}
		n.exp = max(min(e, 1<<20), -(1 << 20))
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || len(text) > 1<<16 {
		return n, bad
	}
	all := whole + fraction
	for i := range len(all) {
		if all[i] < '0' || all[i] > '9' {
			return n, bad
		}
	}
	n.exp += len(whole)
	return n.normal(all)
}

// normal strips the zeros from digits and checks the limits.
func (n number) normal(digits string) (number, error) {
	trimmed := strings.TrimLeft(digits, "0")
	n.exp -= len(digits) - len(trimmed)
	n.digits = strings.TrimRight(trimmed, "0")
	switch {
	case n.digits == "":
		return number{}, nil
	case n.exp > maxExp:
		return n, Invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case n.exp < minExp:
		return n, Invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	case len(n.digits) > MaxDigits:
		return n, Invalid("Attempting to store more than 38 significant digits in a Number")
	}
	return n, nil
}

// String is the plain form: no exponent, no needless zeros.
func (n number) String() string {
	if n.digits == "" {
		return "0"
	}
	var b strings.Builder
	if n.neg {
		b.WriteByte('-')
	}
	switch {
	case n.exp <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -n.exp))
		b.WriteString(n.digits)
	case n.exp >= len(n.digits):
		b.WriteString(n.digits)
		b.WriteString(strings.Repeat("0", n.exp-len(n.digits)))
	default:
		b.WriteString(n.digits[:n.exp])
		b.WriteByte('.')
		b.WriteString(n.digits[n.exp:])
	}
	return b.String()
}

func (n number) compare(m number) int {
	sign := func(n number) int {
		switch {
		case n.digits == "":
			return 0
		case n.neg:
			return -1
		}
		return 1
	}
	a, b := sign(n), sign(m)
	switch {
	case a != b && a < b:
		return -1
	case a != b:
		return 1
	case n.exp != m.exp && n.exp < m.exp:
		return -a
	case n.exp != m.exp:
		return a
	}
	// Without zeros at the end, digits compare as text.
	return a * strings.Compare(n.digits, m.digits)
}

// normalNumber reads a text that is already in normal form.
func normalNumber(text string) number {
	n, _ := parseNumber(text)
	return n
}

func compareNumbers(a, b string) int {
	if a == b {
		return 0
	}
	return normalNumber(a).compare(normalNumber(b))
}

// Add sums two numbers exactly.
func Add(a, b Value) (Value, error) { return sum(normalNumber(a.Text), normalNumber(b.Text)) }

// Sub takes b from a exactly.
func Sub(a, b Value) (Value, error) {
	m := normalNumber(b.Text)
	m.neg = !m.neg
	return sum(normalNumber(a.Text), m)
}

func sum(a, b number) (Value, error) {
	scale := min(a.exp-len(a.digits), b.exp-len(b.digits))
	total := new(big.Int).Add(a.scaled(scale), b.scaled(scale))
	out := number{neg: total.Sign() < 0}
	digits := total.Abs(total).String()
	out.exp = scale + len(digits)
	out, err := out.normal(digits)
	if err != nil {
		return Value{}, err
	}
	return Value{Kind: N, Text: out.String()}, nil
}

// scaled is n ÷ 10^scale, a whole number.
func (n number) scaled(scale int) *big.Int {
	i := new(big.Int)
	if n.digits == "" {
		return i
	}
	i.SetString(n.digits, 10)
	power := int64(n.exp - len(n.digits) - scale)
	i.Mul(i, new(big.Int).Exp(big.NewInt(10), big.NewInt(power), nil))
	if n.neg {
		i.Neg(i)
	}
	return i
}
