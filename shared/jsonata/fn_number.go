package jsonata

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

func defineAggregates() {
	defined("sum", "<a<n>:n>", 1, 1, func(_ *call, args []any) (any, error) {
		return total(listArg(args, 0)), nil
	})
	define("count", "<a:n>", 1, 1, func(_ *call, args []any) (any, error) {
		return float64(len(listArg(args, 0))), nil
	})
	define("max", "<a<n>:n>", 1, 1, extreme(math.Max))
	define("min", "<a<n>:n>", 1, 1, extreme(math.Min))
	define("average", "<a<n>:n>", 1, 1, func(_ *call, args []any) (any, error) {
		items := listArg(args, 0)
		if len(items) == 0 {
			return undefined, nil
		}
		return total(items) / float64(len(items)), nil
	})
}

func total(items []any) float64 {
	sum := 0.0
	for _, it := range items {
		f, _ := it.(float64)
		sum += f
	}
	return sum
}

func extreme(pick func(a, b float64) float64) function {
	return func(_ *call, args []any) (any, error) {
		items := listArg(args, 0)
		if len(items) == 0 {
			return undefined, nil
		}
		best, _ := items[0].(float64)
		for _, it := range items[1:] {
			f, _ := it.(float64)
			best = pick(best, f)
		}
		return best, nil
	}
}

func defineNumbers() {
	defined("number", "<(nsb)-:n>", 1, 1, func(_ *call, args []any) (any, error) { return toNumber(args[0]) })
	simple := func(name string, f func(float64) float64) {
		defined(name, "<n-:n>", 1, 1, func(_ *call, args []any) (any, error) {
			x, _ := numberArg(args, 0)
			return f(x), nil
		})
	}
	simple("floor", math.Floor)
	simple("ceil", math.Ceil)
	simple("abs", math.Abs)
	defined("round", "<n-n?:n>", 2, 2, func(_ *call, args []any) (any, error) {
		x, _ := numberArg(args, 0)
		p, _ := numberArg(args, 1)
		return round(x, p), nil
	})
	defined("sqrt", "<n-:n>", 1, 1, func(_ *call, args []any) (any, error) {
		x, _ := numberArg(args, 0)
		if x < 0 {
			return nil, failArg("D3060", 1, x)
		}
		return math.Sqrt(x), nil
	})
	defined("power", "<n-n:n>", 2, 2, func(_ *call, args []any) (any, error) {
		x, _ := numberArg(args, 0)
		y, ok := numberArg(args, 1)
		v := math.Pow(x, y)
		if !ok {
			v = math.NaN()
		}
		if math.IsInf(v, 0) || v != v {
			return nil, &Error{Code: "D3061", Value: x, value2: arg(args, 1), index: 1}
		}
		return v, nil
	})
	defined("formatNumber", "<n-so?:s>", 3, 3, func(_ *call, args []any) (any, error) {
		x, _ := numberArg(args, 0)
		picture, _ := stringArg(args, 1)
		return formatNumber(x, picture, arg(args, 2))
	})
	defined("formatBase", "<n-n?:s>", 2, 2, func(_ *call, args []any) (any, error) {
		x, _ := numberArg(args, 0)
		radix, ok := numberArg(args, 1)
		if !ok {
			radix = 10
		}
		return formatBase(round(x, 0), round(radix, 0))
	})
	defined("formatInteger", "<n-s:s>", 2, 2, func(_ *call, args []any) (any, error) {
		x, _ := numberArg(args, 0)
		picture, _ := stringArg(args, 1)
		p, err := parseIntegerPicture(picture)
		if err != nil {
			return nil, err
		}
		return text(p.format(math.Floor(x)))
	})
	defined("parseInteger", "<s-s:n>", 2, 2, func(_ *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		picture, _ := stringArg(args, 1)
		p, err := parseIntegerPicture(picture)
		if err != nil {
			return nil, err
		}
		return p.parse(s)
	})
}

var (
	decimalNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$`)
	radixNumber   = regexp.MustCompile(`^0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)$`)
)

func toNumber(v any) (any, error) {
	switch x := v.(type) {
	case float64:
		return x, nil
	case bool:
		if x {
			return 1.0, nil
		}
		return 0.0, nil
	case string:
		if decimalNumber.MatchString(x) {
			if f, err := strconv.ParseFloat(x, 64); err == nil {
				return f, nil
			}
		} else if radixNumber.MatchString(x) {
			if n, ok := new(big.Int).SetString(x, 0); ok {
				f, _ := new(big.Float).SetInt(n).Float64()
				return f, nil
			}
		}
	}
	return nil, failArg("D3030", 1, v)
}

// shift moves the decimal point of x by places, in decimal so that no binary noise comes in.
func shift(x, places float64) float64 {
	mantissa, exponent, _ := strings.Cut(numberText(x), "e")
	e, _ := strconv.ParseFloat("0"+strings.TrimPrefix(exponent, "+"), 64)
	if strings.HasPrefix(exponent, "-") {
		e, _ = strconv.ParseFloat(exponent, 64)
	}
	f, _ := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(int(max(-2000, min(2000, e+places)))), 64)
	return f
}

// round rounds half to even at the given decimal place.
func round(x, precision float64) float64 {
	if math.IsInf(x, 0) || x != x {
		return x
	}
	if precision != math.Trunc(precision) {
		return math.NaN() // there is no such decimal place
	}
	if precision != 0 {
		x = shift(x, precision)
	}
	r := math.RoundToEven(x)
	if precision != 0 && !math.IsInf(r, 0) {
		r = shift(r, -precision)
	}
	if r == 0 {
		return 0
	}
	return r
}

func formatBase(x, radix float64) (any, error) {
	if radix < 2 || radix > 36 {
		return nil, failValue("D3100", radix)
	}
	if math.IsInf(x, 0) || x != x || radix == 10 {
		return numberText(x), nil
	}
	n, _ := new(big.Float).SetFloat64(x).Int(nil)
	return n.Text(int(radix)), nil
}
