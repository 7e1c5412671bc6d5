package pattern_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/pattern"
)

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		name, pattern, event string
		want                 bool
	}{
		{"exact", `{"source":["a","b"]}`, `{"source":"b"}`, true},
		{"exact other", `{"source":["a","b"]}`, `{"source":"c"}`, false},
		{"case counts", `{"source":["a"]}`, `{"source":"A"}`, false},
		{"missing field", `{"source":["a"]}`, `{}`, false},
		{"every field", `{"a":["1"],"b":["2"]}`, `{"a":"1","b":"3"}`, false},
		{"null", `{"a":[null]}`, `{"a":null}`, true},
		{"null is not missing", `{"a":[null]}`, `{}`, false},
		{"empty string", `{"a":[""]}`, `{"a":""}`, true},
		{"number", `{"a":[300]}`, `{"a":3.0e2}`, true},
		{"number is not its text", `{"a":[300]}`, `{"a":"300"}`, false},
		{"bool", `{"a":[true]}`, `{"a":true}`, true},
		{"nested", `{"detail":{"state":["on"]}}`, `{"detail":{"state":"on"}}`, true},
		{"array of values", `{"resources":["x"]}`, `{"resources":["y","x"]}`, true},
		{"array of values none", `{"resources":["x"]}`, `{"resources":["y"]}`, false},
		{"array of objects, one element meets all", `{"e":{"n":["a"],"v":["1"]}}`, `{"e":[{"n":"b","v":"1"},{"n":"a","v":"1"}]}`, true},
		{"array of objects, split over elements", `{"e":{"n":["a"],"v":["1"]}}`, `{"e":[{"n":"b","v":"1"},{"n":"a","v":"2"}]}`, false},
		{"prefix", `{"a":[{"prefix":"ab"}]}`, `{"a":"abc"}`, true},
		{"prefix of a number", `{"a":[{"prefix":"1"}]}`, `{"a":12}`, false},
		{"prefix any case", `{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}`, `{"a":"abc"}`, true},
		{"suffix", `{"a":[{"suffix":".png"}]}`, `{"a":"x.png"}`, true},
		{"suffix any case", `{"a":[{"suffix":{"equals-ignore-case":".PNG"}}]}`, `{"a":"x.png"}`, true},
		{"equals-ignore-case", `{"a":[{"equals-ignore-case":"ALICE"}]}`, `{"a":"alice"}`, true},
		{"wildcard", `{"a":[{"wildcard":"dir/*.png"}]}`, `{"a":"dir/x/y.png"}`, true},
		{"wildcard middle", `{"a":[{"wildcard":"a*b*c"}]}`, `{"a":"axxbyyc"}`, true},
		{"wildcard overlap", `{"a":[{"wildcard":"ab*ba"}]}`, `{"a":"aba"}`, false},
		{"wildcard escaped", `{"a":[{"wildcard":"a\\**"}]}`, `{"a":"a*z"}`, true},
		{"wildcard escaped no", `{"a":[{"wildcard":"a\\**"}]}`, `{"a":"abz"}`, false},
		{"anything-but", `{"a":[{"anything-but":"x"}]}`, `{"a":"y"}`, true},
		{"anything-but same", `{"a":[{"anything-but":"x"}]}`, `{"a":"x"}`, false},
		{"anything-but missing", `{"a":[{"anything-but":"x"}]}`, `{}`, false},
		{"anything-but other type", `{"a":[{"anything-but":"x"}]}`, `{"a":true}`, true},
		{"anything-but list", `{"a":[{"anything-but":["x",3]}]}`, `{"a":3}`, false},
		{"anything-but prefix", `{"a":[{"anything-but":{"prefix":"in"}}]}`, `{"a":"init"}`, false},
		{"anything-but prefixes", `{"a":[{"anything-but":{"prefix":["in","st"]}}]}`, `{"a":"stop"}`, false},
		{"anything-but suffix", `{"a":[{"anything-but":{"suffix":[".png",".jpg"]}}]}`, `{"a":"a.txt"}`, true},
		{"anything-but ignore case", `{"a":[{"anything-but":{"equals-ignore-case":["ON","Off"]}}]}`, `{"a":"off"}`, false},
		{"anything-but wildcard", `{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, `{"a":"usr/lib/x"}`, false},
		{"numeric", `{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":5}`, true},
		{"numeric out", `{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":0}`, false},
		{"numeric equal", `{"a":[{"numeric":["=",3.5]}]}`, `{"a":3.50}`, true},
		{"numeric of text", `{"a":[{"numeric":["<",5]}]}`, `{"a":"3"}`, false},
		{"exists", `{"a":[{"exists":true}]}`, `{"a":null}`, true},
		{"exists of an object", `{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false},
		{"not exists", `{"d":{"a":[{"exists":false}]}}`, `{"d":{"b":1}}`, true},
		{"not exists, no parent", `{"d":{"a":[{"exists":false}]}}`, `{}`, true},
		{"not exists but does", `{"d":{"a":[{"exists":false}]}}`, `{"d":{"a":0}}`, false},
		{"not exists in one of an array's elements", `{"d":{"a":[{"exists":false}]}}`, `{"d":[{"a":1},{}]}`, false},
		{"cidr", `{"ip":[{"cidr":"10.0.0.0/24"}]}`, `{"ip":"10.0.0.255"}`, true},
		{"cidr out", `{"ip":[{"cidr":"10.0.0.0/24"}]}`, `{"ip":"10.0.1.0"}`, false},
		{"cidr v6", `{"ip":[{"cidr":"2001:db8::/32"}]}`, `{"ip":"2001:db8::1"}`, true},
		{"or first", `{"$or":[{"a":["1"]},{"b":["2"]}]}`, `{"a":"1"}`, true},
		{"or second", `{"$or":[{"a":["1"]},{"b":["2"]}]}`, `{"b":"2"}`, true},
		{"or none", `{"$or":[{"a":["1"]},{"b":["2"]}]}`, `{"a":"2","b":"1"}`, false},
		{"or with and", `{"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]}`, `{"s":"y","a":"1"}`, false},
		{"or nested", `{"d":{"$or":[{"a":[{"numeric":[">",1]}]},{"b":[{"exists":true}]}]}}`, `{"d":{"b":0}}`, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := pattern.Compile(json.RawMessage(tc.pattern))
			if err != nil {
				t.Fatal(err)
			}
			var plain any
			if err := json.Unmarshal([]byte(tc.event), &plain); err != nil {
				t.Fatal(err)
			}
			if got := p.Match(plain); got != tc.want {
				t.Errorf("%s against %s: %v", tc.pattern, tc.event, got)
			}
			dec := json.NewDecoder(strings.NewReader(tc.event))
			dec.UseNumber()
			var exact any
			if err := dec.Decode(&exact); err != nil {
				t.Fatal(err)
			}
			if got := p.Match(exact); got != tc.want {
				t.Errorf("%s against %s with json.Number: %v", tc.pattern, tc.event, got)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, src := range map[string]string{
		"no JSON": `{`, "two": `{"a":["b"]} {}`, "a list": `["a"]`, "empty": `{}`, "empty below": `{"a":{}}`, "empty array": `{"a":[]}`,
		"scalar": `{"a":"b"}`, "array in array": `{"a":[["b"]]}`, "unknown operator": `{"a":[{"regex":"x"}]}`,
		"two operators": `{"a":[{"prefix":"x","suffix":"y"}]}`, "prefix number": `{"a":[{"prefix":1}]}`,
		"exists text": `{"a":[{"exists":"yes"}]}`, "cidr": `{"a":[{"cidr":"10.0.0.0"}]}`,
		"numeric operator": `{"a":[{"numeric":["!=",1]}]}`, "numeric empty range": `{"a":[{"numeric":[">",5,"<",5]}]}`,
		"numeric same side": `{"a":[{"numeric":[">",5,">=",7]}]}`, "numeric large": `{"a":[{"numeric":[">",5000000001]}]}`,
		"double star": `{"a":[{"wildcard":"a**"}]}`, "bad escape": `{"a":[{"wildcard":"a\\b"}]}`,
		"or of one": `{"$or":[{"a":["b"]}]}`, "or of text": `{"$or":["a","b"]}`,
		"anything-but null": `{"a":[{"anything-but":null}]}`, "anything-but nothing": `{"a":[{"anything-but":[]}]}`,
		"anything-but operator": `{"a":[{"anything-but":{"numeric":["=",1]}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := pattern.Compile(json.RawMessage(src)); err == nil {
				t.Errorf("%s compiled", src)
			}
		})
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`{"a":[{"wildcard":"a*b"}]}`, `{"a":"axb"}`)
	f.Add(`{"$or":[{"a":[1]},{"b":{"c":[{"exists":false}]}}]}`, `{"b":[{"c":1}]}`)
	f.Fuzz(func(t *testing.T, src, event string) {
		p, err := pattern.Compile(json.RawMessage(src))
		var v any
		if err != nil || json.Unmarshal([]byte(event), &v) != nil {
			return
		}
		p.Match(v)
	})
}
