package differential_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

type object = map[string]any

// source makes calls at random, always the same ones for a seed.
type source struct {
	r     *rand.Rand
	table string
}

func (s *source) one(of ...string) string { return of[s.r.IntN(len(of))] }

// odds is true once in n.
func (s *source) odds(n int) bool { return s.r.IntN(n) == 0 }

func text(v string) object { return object{"S": v} }
func number(v string) object {
	return object{"N": v}
}

// Key texts: few, so that calls meet, and with the forms that shared/store gives its keys.
var (
	partitions = []string{"WF#1", "RUN#01J", "EVT#7", "DESK", "é", "TRG#message.received"}
	sortKeys   = []string{"META", "DRAFT", "V#000001", "V#000002", "V#000010", "EVT#a", "MSG#2026-01-02T15:04:05.000Z", "a", "a\x00", "Z", "ÿ", "\uffff", "\U00010000"}
	listPlaces = []string{"WFS", "RUNS", "TICKETS"}
	ofPlaces   = []string{"WF#1", "CONV#1"}
	listTimes  = []string{"2026-01-01", "2026-01-02", "2026-01-02T15:04:05.000Z", "2026-02-01", "b", "é"}
)

func (s *source) key() object {
	return object{"pk": text(s.one(partitions...)), "sk": text(s.one(sortKeys...))}
}

// Attributes and what they mostly hold.
var attributes = map[string]string{
	"status": "word", "n": "N", "rev": "N", "doc": "M", "tags": "SS", "nums": "NS", "list": "L", "bin": "B", "bins": "BS",
	"flag": "BOOL", "none": "NULL", "name": "S", "a.b": "S", "by": "word", "ttl2": "N", "any": "",
	"listPk": "list", "listSk": "time", "ofPk": "of", "ofSk": "time", "duePk": "due", "dueAt": "time", "score": "N",
}

var names = strings.Fields("status n rev doc tags nums list bin bins flag none name a.b by any listPk listSk ofPk ofSk duePk dueAt score")

func (s *source) text() string {
	switch s.r.IntN(8) {
	case 0:
		return ""
	case 1:
		return s.one("é", "a\x00b", "😀", "\u2028", "<&>", `"\`)
	case 2:
		return strings.Repeat("x", s.r.IntN(2000))
	}
	return s.one("open", "closed", "running", "waiting", "a", "ab", "abc", "b", "V#000001")
}

func (s *source) number() string {
	switch s.r.IntN(8) {
	case 0:
		return fmt.Sprintf("%d.%d", s.r.IntN(20)-10, s.r.IntN(1000))
	case 1:
		return fmt.Sprintf("%de%d", s.r.IntN(99)-50, s.r.IntN(60)-30)
	case 2:
		if s.odds(60) {
			return s.one("123456789012345678901234567890123456789", "1e126", "x", "", "1e", " 1", "0x10", "1e-131", "NaN")
		}
		return s.one("0", "-0", "1.0", "0.10", "007", "+5", "99999999999999999999999999999999999999", "12345678901234567890123456789012345678",
			"0.00000000000000000000000000000000000001", "9.9e125", "-9.9e125", "1e-130", "1E2", ".5", "5.")
	}
	return strconv.Itoa(s.r.IntN(20) - 5)
}

func (s *source) bytes() string {
	b := make([]byte, s.r.IntN(6))
	for i := range b {
		b[i] = byte(s.r.IntN(256))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func (s *source) texts() []any {
	var all []any
	for _, v := range []string{"a", "b", "c", "vip", "é", ""} {
		if s.odds(3) && (v != "" || s.odds(60)) {
			all = append(all, v)
		}
	}
	switch {
	case len(all) == 0 && !s.odds(60):
		return []any{"a"}
	case s.odds(200):
		return append(all, "a", "a")
	}
	return all
}

// set is some members, rarely one of them twice.
func (s *source) set(member func() string) []any {
	var all []any
	for len(all) == 0 || s.odds(2) {
		if v := member(); !slices.Contains(all, any(v)) || s.odds(100) {
			all = append(all, v)
		}
	}
	return all
}

// typed is a value of a type, rarely a broken one.
func (s *source) typed(kind string, depth int) object {
	switch kind {
	case "list":
		return text(s.one(listPlaces...))
	case "of":
		return text(s.one(ofPlaces...))
	case "due":
		return text("DUE")
	case "time":
		return text(s.one(listTimes...))
	case "word":
		if s.odds(200) {
			return text("")
		}
		return text(s.one("open", "closed", "running", "a", "ab"))
	case "S":
		return text(s.text())
	case "N":
		return number(s.number())
	case "B":
		return object{"B": s.bytes()}
	case "BOOL":
		return object{"BOOL": s.odds(2)}
	case "NULL":
		return object{"NULL": !s.odds(30)}
	case "SS":
		return object{"SS": s.texts()}
	case "NS":
		return object{"NS": s.set(s.number)}
	case "BS":
		return object{"BS": s.set(func() string {
			if v := s.bytes(); v != "" || s.odds(60) {
				return v
			}
			return "AA=="
		})}
	case "M":
		m := object{}
		for _, k := range []string{"a", "b", "name", "x-y"} {
			if s.odds(2) {
				m[k] = s.value(depth + 1)
			}
		}
		return object{"M": m}
	case "L":
		l := []any{}
		for range s.r.IntN(4) {
			l = append(l, s.value(depth+1))
		}
		return object{"L": l}
	}
	return s.value(depth)
}

func (s *source) value(depth int) object {
	switch {
	case depth < 3 && s.odds(5):
		return s.typed(s.one("M", "L"), depth)
	case s.odds(200):
		return s.one2(object{}, object{"S": "a", "N": "1"}, object{"X": "a"}, object{"SS": []any{}}, object{"NULL": false})
	case s.odds(600):
		deep := object{"S": "deep"}
		for range 28 + s.r.IntN(8) {
			deep = object{"L": []any{deep}}
		}
		return deep
	}
	return s.typed(s.one("S", "S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"), depth)
}

func (s *source) one2(of ...object) object { return of[s.r.IntN(len(of))] }

// item is a whole item.
func (s *source) item() object {
	it := s.key()
	for _, name := range names {
		if s.odds(3) {
			it[name] = s.typed(attributes[name], 0)
		}
	}
	if s.odds(60) {
		it[s.one("listPk", "listSk", "duePk", "pk", "sk")] = s.value(0) // a key attribute of the wrong type, perhaps
	}
	switch {
	case s.odds(1200):
		it["big"] = text(strings.Repeat("y", 100_000+s.r.IntN(350_000)))
	case s.odds(1500):
		// Around the limit of 400 KB, to the byte: see attribute sizes.
		it = s.key()
		it["big"] = text(strings.Repeat("z", 400*1024-40+s.r.IntN(40)))
	}
	return it
}
