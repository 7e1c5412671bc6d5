package jsonata

import (
	"math"
	"strings"
)

var (
	smallNumbers = strings.Fields("Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen " +
		"Sixteen Seventeen Eighteen Nineteen")
	smallOrdinals = strings.Fields("Zeroth First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth " +
		"Thirteenth Fourteenth Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth")
	tens       = strings.Fields("Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety")
	magnitudes = strings.Fields("Thousand Million Billion Trillion")
)

// wordValues maps every number word, lower case, to its value.
var wordValues = func() map[string]float64 {
	m := map[string]float64{"hundred": 100, "hundredth": 100}
	for i, w := range smallNumbers {
		m[strings.ToLower(w)] = float64(i)
		m[strings.ToLower(smallOrdinals[i])] = float64(i)
	}
	for i, w := range tens {
		w = strings.ToLower(w)
		m[w] = float64(i+2) * 10
		m[w[:len(w)-1]+"ieth"] = m[w]
	}
	for i, w := range magnitudes {
		w = strings.ToLower(w)
		m[w] = math.Pow(1000, float64(i+1))
		m[w+"th"] = m[w]
	}
	return m
}()

// toWords spells a number in British English; inner says that words stand before it.
func toWords(n float64, inner, ordinal bool) string {
	comma := ""
	if inner {
		comma = ", "
	}
	th := func(ordinal bool) string {
		if ordinal {
			return "th"
		}
		return ""
	}
	and := ""
	if inner {
		and = " and "
	}
	switch {
	case n <= 19:
		if ordinal {
			return and + smallOrdinals[int(n)]
		}
		return and + smallNumbers[int(n)]
	case n < 100:
		w, rest := tens[int(n/10)-2], math.Mod(n, 10)
		if rest > 0 {
			return and + w + "-" + toWords(rest, false, ordinal)
		}
		if ordinal {
			return and + w[:len(w)-1] + "ieth"
		}
		return and + w
	case n < 1000:
		w, rest := comma+smallNumbers[int(n/100)]+" Hundred", math.Mod(n, 100)
		if rest > 0 {
			return w + toWords(rest, true, ordinal)
		}
		return w + th(ordinal)
	case math.IsInf(n, 0):
		return "Infinity"
	}
	m := 1
	for m < len(magnitudes) && n >= math.Pow(1000, float64(m+1)) {
		m++
	}
	factor := math.Pow(1000, float64(m))
	count := math.Floor(n / factor)
	w := comma + toWords(count, false, false) + " " + magnitudes[m-1]
	if rest := n - count*factor; rest > 0 {
		return w + toWords(rest, true, ordinal)
	}
	return w + th(ordinal)
}

// fromWords reads a spelled number, lower case. An unknown word makes it NaN.
func fromWords(s string) float64 {
	s = strings.NewReplacer(", ", " ", " and ", " ", "-", " ", "\\", " ").Replace(s)
	parts := []float64{0}
	for _, w := range strings.Split(s, " ") {
		v, ok := wordValues[w]
		if !ok {
			return math.NaN()
		}
		last := parts[len(parts)-1]
		switch {
		case v >= 100:
			parts[len(parts)-1] = last * v
		case last >= 1000:
			parts = append(parts, v)
		default:
			parts[len(parts)-1] = last + v
		}
	}
	sum := 0.0
	for _, p := range parts {
		sum += p
	}
	return sum
}

var romanNumerals = []struct {
	value float64
	text  string
}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"},
	{4, "iv"}, {1, "i"}}

// maxRoman bounds Roman numerals, which grow by one M per thousand.
const maxRoman = 1_000_000

func toRoman(n float64) string {
	if !(n <= maxRoman) {
		return numberText(n)
	}
	var b strings.Builder
	for _, r := range romanNumerals {
		for n >= r.value {
			b.WriteString(r.text)
			n -= r.value
		}
	}
	return b.String()
}

func fromRoman(s string) float64 {
	values := map[byte]float64{'M': 1000, 'D': 500, 'C': 100, 'L': 50, 'X': 10, 'V': 5, 'I': 1}
	sum, most := 0.0, 1.0
	for i := len(s) - 1; i >= 0; i-- {
		v, ok := values[s[i]]
		if !ok {
			return math.NaN()
		}
		if v < most {
			sum -= v
		} else {
			most = v
			sum += v
		}
	}
	return sum
}

func toLetters(n float64, upper bool) string {
	base := byte('a')
	if upper {
		base = 'A'
	}
	var out []byte
	for n > 0 && !math.IsInf(n, 0) {
		out = append([]byte{base + byte(math.Mod(n-1, 26))}, out...)
		n = math.Floor((n - 1) / 26)
	}
	return string(out)
}

func fromLetters(s string, upper bool) float64 {
	base := 'a'
	if upper {
		base = 'A'
	}
	n := 0.0
	for _, c := range s {
		n = n*26 + float64(c-base+1)
	}
	return n
}
