package differential_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// builder collects the placeholders of one call's expressions.
type builder struct {
	*source
	names  map[string]string
	values object
	set    map[string]bool // the attributes that an update already changes
}

func (s *source) builder() *builder {
	return &builder{source: s, names: map[string]string{}, values: object{}, set: map[string]bool{}}
}

// into puts the placeholders into a call, at times with a fault.
func (b *builder) into(in object) {
	if b.odds(150) {
		b.names["#unused"] = "x"
	}
	if b.odds(150) {
		b.values[":unused"] = text("x")
	}
	if b.odds(200) {
		for k := range b.values {
			delete(b.values, k)
			break
		}
	}
	if len(b.names) > 0 || b.odds(300) {
		in["ExpressionAttributeNames"] = b.names
	}
	if len(b.values) > 0 || b.odds(300) {
		in["ExpressionAttributeValues"] = b.values
	}
}

// name is an attribute in an expression: mostly by a placeholder, as the SDK's builder does it.
func (b *builder) name(attribute string) string {
	reserved := slices.Contains([]string{"list", "name", "none", "any", "by", "status"}, attribute)
	if attribute != "a.b" && attribute != "x-y" && (!reserved || b.odds(60)) && b.odds(3) {
		return attribute // also, at times, reserved words, which are refused
	}
	for k, v := range b.names {
		if v == attribute {
			return k
		}
	}
	k := fmt.Sprintf("#%d", len(b.names))
	b.names[k] = attribute
	return k
}

// keyed tells whether an attribute is a key of the table or of an index.
func (b *builder) keyed(name string) bool {
	return slices.ContainsFunc(places, func(p place) bool { return p.pk == name || p.sk == name })
}

// path is an attribute or a place within a document.
func (b *builder) path() (path, kind string) { return b.from(b.one(names...)) }

// fresh is a path for an update to change: mostly not one that it changes already.
func (b *builder) fresh() (name, path, kind string) {
	for range 20 {
		name = b.one(names...)
		if !b.set[name] || b.odds(60) {
			break
		}
	}
	b.set[name] = true
	path, kind = b.from(name)
	return name, path, kind
}

func (b *builder) from(name string) (path, kind string) {
	if b.odds(80) {
		name = b.one("pk", "sk", "nothing")
	}
	kind = attributes[name]
	p := b.name(name)
	if (b.keyed(name) || kind == "S" || kind == "N") && !b.odds(60) {
		return p, kind
	}
	for b.odds(4) || (kind == "M" || kind == "L") && b.odds(2) {
		switch {
		case kind == "L" || kind != "M" && b.odds(2):
			p += fmt.Sprintf("[%d]", b.r.IntN(4))
		default:
			p += "." + b.name(b.one("a", "b", "name", "x-y"))
		}
		kind = ""
	}
	return p, kind
}

func (b *builder) operand(kind string) string {
	if b.odds(40) {
		kind = ""
	}
	k := fmt.Sprintf(":%d", len(b.values))
	b.values[k] = b.typed(kind, 1)
	return k
}

// side is one side of a comparison.
func (b *builder) side(kind string) string {
	switch {
	case b.odds(12):
		p, _ := b.path()
		return p
	case b.odds(12):
		p, _ := b.path()
		return "size(" + p + ")"
	}
	return b.operand(kind)
}

func (b *builder) comparator() string { return b.one("=", "=", "=", "<>", "<", "<=", ">", ">=") }

// condition is a condition or filter expression.
func (b *builder) condition(depth int) string {
	if depth < 3 && b.odds(3) {
		switch b.r.IntN(4) {
		case 0:
			return "NOT " + b.condition(depth+1)
		case 1:
			return "(" + b.condition(depth+1) + ")"
		}
		return b.condition(depth+1) + b.one(" AND ", " OR ", " and ", " Or ") + b.condition(depth+1)
	}
	if b.odds(250) {
		return b.one("", " ", "status", "a = ", "= :0", "a == :0", "size(a)", "a IN ()", "nope(a)", "attribute_exists(:0)", "a BETWEEN :0", "a = :0 AND", "(a = :0", "a[x] = :0", "a..b = :0", "#1 = :0", "contains(a)")
	}
	p, kind := b.path()
	switch b.r.IntN(11) {
	case 0:
		return "attribute_exists(" + p + ")"
	case 1, 2:
		return "attribute_not_exists(" + p + ")"
	case 3:
		k := fmt.Sprintf(":%d", len(b.values))
		b.values[k] = text(b.one("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL", "Q", "s"))
		return "attribute_type(" + p + ", " + k + ")"
	case 4:
		return "begins_with(" + p + ", " + b.operand(b.one("S", "S", "S", "B", "N")) + ")"
	case 5:
		return "contains(" + p + ", " + b.operand(b.one("S", "S", "N", "B", "")) + ")"
	case 6:
		low, high := b.operand(kind), b.operand(kind)
		if b.reversed(low, high) && !b.odds(10) {
			low, high = high, low
		}
		return p + " BETWEEN " + low + " AND " + high
	case 7:
		all := []string{b.side(kind)}
		for b.odds(2) {
			all = append(all, b.side(kind))
		}
		return p + " IN (" + strings.Join(all, ", ") + ")"
	case 8:
		return "size(" + p + ") " + b.comparator() + " " + b.operand("N")
	}
	return p + " " + b.comparator() + " " + b.side(kind)
}

// reversed tells whether the bounds of a BETWEEN are the wrong way round.
func (b *builder) reversed(low, high string) bool {
	l, _ := b.values[low].(object)
	h, _ := b.values[high].(object)
	if l["S"] != nil && h["S"] != nil {
		return l["S"].(string) > h["S"].(string)
	}
	if l["N"] != nil && h["N"] != nil {
		x, ok := new(big.Rat).SetString(l["N"].(string))
		y, ok2 := new(big.Rat).SetString(h["N"].(string))
		return ok && ok2 && x.Cmp(y) > 0
	}
	return false
}

// setting is one SET action.
func (b *builder) setting() string {
	name, p, kind := b.fresh()
	switch b.r.IntN(9) {
	case 0:
		return p + " = if_not_exists(" + p + ", " + b.operand(kind) + ")"
	case 1:
		if !b.keyed(name) || b.odds(60) {
			from, _ := b.path()
			return p + " = if_not_exists(" + from + ", " + b.operand(kind) + ")"
		}
	case 2, 3:
		if kind == "L" || b.odds(60) {
			return p + " = list_append(if_not_exists(" + p + ", " + b.operand("L") + "), " + b.operand("L") + ")"
		}
		if !b.keyed(name) && b.odds(10) {
			from, _ := b.path()
			return p + " = " + b.one(from, "list_append("+from+", "+b.operand("L")+")")
		}
	case 4, 5, 6:
		if kind == "N" || b.odds(60) {
			from := p
			if b.odds(3) {
				from = b.name(b.one("n", "rev", "score"))
			}
			return p + " = if_not_exists(" + from + ", " + b.operand("N") + ")" + b.one(" + ", " - ") + b.operand("N")
		}
	}
	return p + " = " + b.operand(kind)
}

// update is an update expression.
func (b *builder) update() string {
	if b.odds(150) {
		return b.one("", "SET", "SET a", "SET a = ", "REMOVE a[0], a[0]", "ADD n", "SET a = :0 SET b = :0", "SET n = n + n + n", "REMOVE", "DELETE tags :0 REMOVE", "SET a = size(b)", "set #zz = :0", "SET a = if_not_exists(:0, :0)")
	}
	var clauses []string
	some := func(word string, one func() string) {
		all := []string{one()}
		for b.odds(2) {
			all = append(all, one())
		}
		clauses = append(clauses, word+" "+strings.Join(all, ", "))
	}
	if !b.odds(4) {
		some(b.one("SET", "SET", "set"), b.setting)
	}
	if b.odds(3) || len(clauses) == 0 {
		some("REMOVE", func() string {
			_, p, _ := b.fresh()
			return p
		})
	}
	added := func(word string, names ...string) {
		n := b.one(names...)
		if !b.set[n] || b.odds(40) {
			b.set[n] = true
			clauses = append(clauses, word+" "+b.name(n)+" "+b.operand(attributes[n]))
		}
	}
	if b.odds(3) {
		added("ADD", "n", "rev", "tags", "nums", "score", "bins")
	}
	if b.odds(6) {
		added("DELETE", "tags", "nums", "bins")
	}
	return strings.Join(clauses, " ")
}

// projection is a projection expression.
func (b *builder) projection() string {
	if b.odds(100) {
		return b.one("", "a,,b", "a, ", "doc.a.", "list[", "doc.a, doc.a", "doc, doc.a")
	}
	var all []string
	seen := map[string]bool{}
	for range 1 + b.r.IntN(3) {
		p, _ := b.path()
		if !seen[p] {
			all, seen[p] = append(all, p), true
		}
	}
	return strings.Join(all, ", ")
}
