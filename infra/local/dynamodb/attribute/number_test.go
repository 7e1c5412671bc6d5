package attribute_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

func n(tb testing.TB, text string) attribute.Value {
	tb.Helper()
	v, err := attribute.Number(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0.00": "0", "0e999999999": "0", "1": "1", "001": "1", "1.50": "1.5", "+7": "7", ".5": "0.5", "5.": "5", "1e2": "100", "1E-2": "0.01",
		"-12.34e1": "-123.4", "1e125": "1" + strings.Repeat("0", 125), "1e-130": "0." + strings.Repeat("0", 129) + "1",
		"99999999999999999999999999999999999999": "99999999999999999999999999999999999999", "123456789012345678901234567890123456780000": "123456789012345678901234567890123456780000",
	} {
		if got := n(t, in).Text; got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "cannot be converted", "a": "cannot be converted", "1e": "cannot be converted", "--1": "cannot be converted", ".": "cannot be converted", "1_0": "cannot be converted",
		" 1": "cannot be converted", "0x1": "cannot be converted", "NaN": "cannot be converted", "1e126": "overflow", "-1e126": "overflow", "1e-131": "underflow",
		"1e99999999999999999999": "cannot be converted", "123456789012345678901234567890123456789": "38 significant",
	} {
		if _, err := attribute.Number(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

func TestSums(t *testing.T) {
	for _, tc := range []struct{ a, b, sum, difference string }{
		{"1", "2", "3", "-1"}, {"0.1", "0.2", "0.3", "-0.1"}, {"5", "-5", "0", "10"}, {"0", "0", "0", "0"}, {"1e20", "1", "100000000000000000001", "99999999999999999999"},
		{"-1.5", "0.25", "-1.25", "-1.75"}, {"99999999999999999999999999999999999999", "0", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
	} {
		sum, err := attribute.Add(n(t, tc.a), n(t, tc.b))
		difference, err2 := attribute.Sub(n(t, tc.a), n(t, tc.b))
		if err != nil || err2 != nil || sum.Text != tc.sum || difference.Text != tc.difference {
			t.Errorf("%s and %s: %s %s %v %v", tc.a, tc.b, sum.Text, difference.Text, err, err2)
		}
	}
	if v, err := attribute.Add(n(t, "1e100"), n(t, "1e-100")); err == nil {
		t.Errorf("a sum of 201 digits: %s", v.Text)
	}
}

// randomNumber makes numbers of all magnitudes, many of them close to each other.
func randomNumber(r *rand.Rand) string {
	digits := fmt.Sprint(r.Uint64N(1 << r.UintN(60)))
	return []string{"", "-"}[r.IntN(2)] + digits + "e" + fmt.Sprint(r.IntN(9)-4)
}

// TestKeyOrder compares the key form with exact arithmetic.
func TestKeyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a, b := randomNumber(r), randomNumber(r)
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		want := x.Cmp(y)
		if got := bytes.Compare(attribute.AppendKey(nil, n(t, a)), attribute.AppendKey(nil, n(t, b))); got != want {
			t.Fatalf("keys of %s and %s: %d, want %d", a, b, got, want)
		}
		if got, ok := attribute.Compare(n(t, a), n(t, b)); got != want || !ok {
			t.Fatalf("%s and %s: %d, want %d", a, b, got, want)
		}
	}
	for range 20000 {
		text := func() string {
			b := make([]byte, r.IntN(5))
			for i := range b {
				b[i] = []byte{0, 1, 2, 'a', 0xFE, 0xFF}[r.IntN(6)]
			}
			return string(b)
		}
		a, b := text(), text()
		// Joined keys order by the first part, then by the second.
		join := func(a, b string) []byte {
			return attribute.AppendKey(attribute.AppendKey(nil, attribute.String(a)), attribute.String(b))
		}
		c, d := text(), text()
		if got, want := bytes.Compare(join(a, c), join(b, d)), cmp.Or(strings.Compare(a, b), strings.Compare(c, d)); got != want {
			t.Fatalf("%q %q and %q %q: %d, want %d", a, c, b, d, got, want)
		}
		prefix := attribute.AppendKeyPrefix(nil, attribute.String(b))
		if got := bytes.HasPrefix(attribute.AppendKey(nil, attribute.String(a)), prefix); got != strings.HasPrefix(a, b) {
			// A prefix that ends in 00 would also be taken for an end: it must not be.
			t.Fatalf("%q begins with %q: %v", a, b, got)
		}
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]int{
		`{"S":"é€"}`: 5, `{"S":""}`: 0, `{"N":"0"}`: 1, `{"N":"1"}`: 2, `{"N":"-12.3"}`: 4, `{"N":"1000"}`: 2, `{"B":"AAEC"}`: 3, `{"BOOL":true}`: 1, `{"NULL":true}`: 1,
		`{"L":[]}`: 3, `{"M":{}}`: 3, `{"L":[{"S":"ab"},{"BOOL":false}]}`: 3 + 3 + 2, `{"M":{"key":{"S":"ab"}}}`: 3 + 3 + 2 + 1, `{"SS":["a","bc"]}`: 3, `{"NS":["1","22"]}`: 4,
	} {
		var v attribute.Value
		if err := json.Unmarshal([]byte(in), &v); err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		if got := v.Size(); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
}

func FuzzValue(f *testing.F) {
	for _, s := range []string{`{"S":"a\u0000\ud83d\ude00\"\\"}`, `{"N":"-1.5e3"}`, `{"B":"AAEC"}`, `{"M":{"a":{"L":[{"NULL":true},{"BOOL":false}]}}}`, `{"SS":["b","a"]}`, `{"NS":["2","1.0"]}`,
		`{"BS":["AQ==","Ag=="]}`, `{"S":null,"N":"1"}`, `{"X":[1,{"a":2}],"S":"a"}`, `{ "S" : "a" , "N" : null }`, `[]`, `"S"`, `{"L":{}}`, "{\"S\":\"\xff\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v attribute.Value
		if json.Unmarshal(data, &v) != nil || v.Kind == attribute.None {
			return
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		var again attribute.Value
		if err := json.Unmarshal(out, &again); err != nil {
			t.Fatalf("%s from %s: %v", out, data, err)
		}
		stored, err := attribute.DecodeItem(attribute.AppendItem(nil, attribute.Item{"v": v}))
		if err != nil {
			t.Fatal(err)
		}
		if !attribute.Equal(v, again) || !attribute.Equal(v, stored["v"]) {
			t.Fatal(gocmp.Diff(v, again))
		}
	})
}

func FuzzStored(f *testing.F) {
	f.Add(attribute.AppendItem(nil, attribute.Item{"a": attribute.String("b"), "l": {Kind: attribute.L, List: []attribute.Value{attribute.Int(5)}}}))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = attribute.DecodeItem(data) })
}
