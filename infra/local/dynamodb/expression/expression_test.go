package expression_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// read makes an item of its wire form.
func read(tb testing.TB, text string) attribute.Item {
	tb.Helper()
	var it attribute.Item
	if err := json.Unmarshal([]byte(text), &it); err != nil {
		tb.Fatalf("%v: %s", err, text)
	}
	return it
}

func placeholders(tb testing.TB) *expression.Placeholders {
	return &expression.Placeholders{
		Names: map[string]string{"#name": "name", "#dot": "a.b", "#l": "l"},
		Values: read(tb, `{":0":{"N":"0"},":1":{"N":"1"},":2":{"N":"2"},":9":{"N":"9"},":a":{"S":"a"},":b":{"S":"b"},":empty":{"S":""},":true":{"BOOL":true},":null":{"NULL":true},":bin":{"B":"AQI="},
			":l":{"L":[{"N":"8"},{"N":"9"}]},":el":{"L":[]},":m":{"M":{"z":{"N":"1"}}},":ss":{"SS":["b","c"]},":ns":{"NS":["1","2.0"]},":S":{"S":"S"},":ab":{"SS":["a","b"]},":na":{"SS":["a"]}}`),
	}
}

const thing = `{"s":{"S":"abc"},"n":{"N":"1.5"},"zero":{"N":"0"},"b":{"B":"AQID"},"t":{"BOOL":true},"nil":{"NULL":true},"l":{"L":[{"N":"1"},{"S":"a"},{"M":{"x":{"N":"2"}}}]},
	"m":{"M":{"k":{"S":"v"},"name":{"S":"inner"},"d":{"M":{"e":{"N":"1"}}}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2","30"]},"name":{"S":"b"},"a.b":{"N":"2"},"é":{"N":"1"}}`

func TestConditions(t *testing.T) {
	it := read(t, thing)
	for text, want := range map[string]bool{
		"n = :1": false, "n > :1": true, "n >= :1 AND n < :2": true, ":1 < n": true, "n BETWEEN :1 AND :2": true, "NOT n BETWEEN :1 AND :2": false, "zero = :0": true,
		"s = :a": false, "s <> :a": true, "s > :a": true, "s < :b": true, "s > :empty": true, "s = n": false, "n <> s": true, "s < n": false, "s > n": false,
		"absent = :a": false, "absent <> :a": true, "absent < :a": false, "NOT absent < :a": true, "absent = elsewhere": false, "absent <> elsewhere": true, "n IN (:0, :1)": false, "#name IN (:a, :b)": true, "absent IN (:a)": false,
		"attribute_exists(m.k)": true, "attribute_exists(m.nope)": false, "attribute_not_exists(m.k.deeper)": true, "attribute_exists(l[2].x)": true, "attribute_exists(l[3])": false, "attribute_exists(s[0])": false,
		"attribute_type(s, :S)": true, "attribute_type(n, :S)": false, "begins_with(s, :a)": true, "begins_with(s, :b)": false, "begins_with(b, :bin)": true, "begins_with(n, :a)": false, "begins_with(s, :empty)": true,
		"contains(s, :b)": true, "contains(ss, :b)": true, "contains(ss, :1)": false, "contains(ns, :2)": true, "contains(l, :a)": true, "contains(l, :2)": false, "contains(b, :bin)": true, "contains(absent, :a)": false, "contains(n, :1)": false,
		"size(s) > :2": true, "size(l) > :2": true, "size(m) > :2": true, "size(ss) = :2": true, "size(b) > :2": true, "size(n) >= :0": false, "size(absent) >= :0": false, ":2 = size(ss)": true, "size(ss) BETWEEN :1 AND :9": true,
		"t = :true": true, "nil = :null": true, "l[0] = :1": true, "l[2].x = :2": true, "m.d.e = :1": true, "m.#name = :a": false, "#dot = :2": true, "ns = :ns": false, "ss = :ab": true,
		"n = :1 OR s > :a AND t = :true": true, "(n = :1 OR s > :a) AND t <> :true": false, "NOT n = :1 AND NOT s = :a": true, "not (n = :1 or s = :a)": true, "NOT NOT t = :true": true,
		"(n > :1) AND ((s > :a) OR (s < :a))": true, " \n n\t>:1 ": true, "m.d = m.d2": false, "l[0] = l[1]": false,
	} {
		t.Run(text, func(t *testing.T) {
			c, err := placeholders(t).Condition("ConditionExpression", text)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Holds(it); got != want {
				t.Errorf("got %v", got)
			}
		})
	}
	t.Run("of no item", func(t *testing.T) {
		for text, want := range map[string]bool{"attribute_not_exists(s)": true, "s = :a": false, "s <> :a": true} {
			c, err := placeholders(t).Condition("ConditionExpression", text)
			if err != nil || c.Holds(nil) != want {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestBadConditions(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "The expression can not be empty;",
		"s":                                    `Syntax error; token: "<EOF>", near: "s"`,
		"s = ":                                 `Syntax error; token: "<EOF>", near: "="`,
		"s == :a":                              `Syntax error; token: "=", near: "== :a"`,
		"s = :a AND":                           `Syntax error; token: "<EOF>", near: "AND"`,
		"(s = :a":                              `Syntax error; token: "<EOF>", near: ":a"`,
		"s = :a)":                              `Syntax error; token: ")", near: ":a)"`,
		"s = 'a'":                              `Syntax error; token: "'", near: "= 'a"`,
		"s = 5":                                `Syntax error; token: "5", near: "= 5"`,
		"_s = :a":                              `Syntax error; token: "_", near: "_s"`,
		"l[x] = :a":                            `Syntax error; token: "x", near: "[x]"`,
		"l[-1] = :a":                           `Syntax error; token: "-", near: "[-1"`,
		"s.é = :a":                             `Syntax error; token: "é", near: ".é ="`,
		"attribute_exists()":                   `Syntax error; token: ")", near: "()"`,
		"status = :a":                          "Attribute name is a reserved keyword; reserved keyword: status",
		"m.Value = :a":                         "Attribute name is a reserved keyword; reserved keyword: Value",
		"s = :nope":                            "An expression attribute value used in expression is not defined; attribute value: :nope",
		"#nope = :a":                           "An expression attribute name used in the document path is not defined; attribute name: #nope",
		"size(s)":                              `Syntax error; token: "<EOF>", near: ")"`,
		"attribute_exists(:a)":                 "Operator or function requires a document path; operator or function: attribute_exists",
		"attribute_exists(s) = :true":          `Syntax error; token: "=", near: ") = :true"`,
		"s = attribute_exists(n)":              "The function is not allowed to be used this way in an expression; function: attribute_exists",
		"if_not_exists(s, :a)":                 "The function is not allowed in a condition expression; function: if_not_exists",
		"ATTRIBUTE_EXISTS(s)":                  "Invalid function name; function: ATTRIBUTE_EXISTS",
		"attribute_type(s, :a)":                "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
		"attribute_type(s, :1)":                "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
		"contains(s)":                          "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1",
		"s = s":                                "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [s]",
		"s < :true":                            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
		"s BETWEEN :1 AND :a":                  "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}",
		strings.Repeat("x", 4097):              "Expression size has exceeded the maximum allowed size; expression size: 4097",
		"s IN ()":                              `Syntax error; token: ")", near: "()"`,
		"((s = :a) AND (n = :1)":               `Syntax error; token: "<EOF>", near: ")"`,
		"((s = :a))":                           "The expression has redundant parentheses;",
		"s = :a AND ((n = :1))":                "The expression has redundant parentheses;",
		strings.Repeat("NOT ", 301) + "s = :a": "The expression contains too many operators; the limit is 300",
	} {
		t.Run(text[:min(len(text), 40)], func(t *testing.T) {
			_, err := placeholders(t).Condition("ConditionExpression", text)
			if err == nil || err.Error() != "Invalid ConditionExpression: "+want {
				t.Errorf("got  %v\nwant Invalid ConditionExpression: %s", err, want)
			}
		})
	}
}

func TestUpdates(t *testing.T) {
	for name, tc := range map[string]struct{ item, text, want string }{
		"set":                            {`{"a":{"N":"1"}}`, "SET b = :1, c = a", `{"a":{"N":"1"},"b":{"N":"1"},"c":{"N":"1"}}`},
		"swap":                           {`{"a":{"N":"1"},"b":{"S":"x"}}`, "SET a = b, b = a", `{"a":{"S":"x"},"b":{"N":"1"}}`},
		"set and remove the source":      {`{"a":{"N":"1"}}`, "REMOVE a SET b = a", `{"b":{"N":"1"}}`},
		"arithmetic":                     {`{"a":{"N":"1.5"}}`, "SET a = a + :9, b = :1 - a, c = if_not_exists(c, :0) + if_not_exists(a, :0)", `{"a":{"N":"10.5"},"b":{"N":"-0.5"},"c":{"N":"1.5"}}`},
		"append and prepend":             {`{"l":{"L":[{"N":"1"}]},"k":{"L":[{"N":"1"}]}}`, "SET #l = list_append(#l, :l), k = list_append(:l, k)", `{"l":{"L":[{"N":"1"},{"N":"8"},{"N":"9"}]},"k":{"L":[{"N":"8"},{"N":"9"},{"N":"1"}]}}`},
		"append to none":                 {`{}`, "SET a = list_append(if_not_exists(a, :el), :l)", `{"a":{"L":[{"N":"8"},{"N":"9"}]}}`},
		"nested map":                     {`{"m":{"M":{"a":{"M":{}}}}}`, "SET m.a.b = :1, m.c = :2", `{"m":{"M":{"a":{"M":{"b":{"N":"1"}}},"c":{"N":"2"}}}}`},
		"list element":                   {`{"a":{"L":[{"N":"1"},{"N":"2"}]}}`, "SET a[1] = :9", `{"a":{"L":[{"N":"1"},{"N":"9"}]}}`},
		"list elements past the end":     {`{"a":{"L":[{"N":"1"}]}}`, "SET a[9] = :9, a[5] = :2", `{"a":{"L":[{"N":"1"},{"N":"2"},{"N":"9"}]}}`},
		"remove by the old indexes":      {`{"a":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]}}`, "REMOVE a[0], a[2], a[7]", `{"a":{"L":[{"N":"1"},{"N":"3"}]}}`},
		"set and remove in one list":     {`{"a":{"L":[{"N":"0"},{"N":"1"}]}}`, "SET a[1] = :9, a[2] = :2 REMOVE a[0]", `{"a":{"L":[{"N":"9"},{"N":"2"}]}}`},
		"remove within a list's element": {`{"a":{"L":[{"M":{"x":{"N":"1"},"y":{"N":"2"}}},{"N":"1"}]}}`, "REMOVE a[0].x, a[1]", `{"a":{"L":[{"M":{"y":{"N":"2"}}}]}}`},
		"remove what is not there":       {`{"m":{"M":{}}}`, "REMOVE m.x, y, #name", `{"m":{"M":{}}}`},
		"add":                            {`{"a":{"N":"1"},"s":{"SS":["a","b"]}}`, "ADD a :9, b :2, s :ss, r :ab", `{"a":{"N":"10"},"b":{"N":"2"},"s":{"SS":["a","b","c"]},"r":{"SS":["a","b"]}}`},
		"add within a map":               {`{"m":{"M":{}}}`, "ADD m.n :2", `{"m":{"M":{"n":{"N":"2"}}}}`},
		"delete":                         {`{"s":{"SS":["a","b"]},"r":{"SS":["b"]}}`, "DELETE s :na, r :ss, q :ss", `{"s":{"SS":["b"]}}`},
		"sections in any order and case": {`{"a":{"N":"1"},"d":{"N":"1"}}`, "remove d set b = :1 add a :1", `{"a":{"N":"2"},"b":{"N":"1"}}`},
		"an empty set of text":           {`{}`, "SET a = :empty", `{"a":{"S":""}}`},
	} {
		t.Run(name, func(t *testing.T) {
			old := read(t, tc.item)
			u, err := placeholders(t).Update(tc.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := u.Apply(old)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(read(t, tc.want), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(read(t, tc.item), old); d != "" {
				t.Errorf("the old item was changed:\n%s", d)
			}
		})
	}
}

func TestBadUpdates(t *testing.T) {
	old := read(t, thing)
	for text, want := range map[string]string{
		"a = :1":                        `Invalid UpdateExpression: Syntax error; token: "a", near: "a ="`,
		"SET":                           `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"`,
		"SET a = :1,":                   `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: ","`,
		"SET a = :1 + :1 + :1":          `Invalid UpdateExpression: Syntax error; token: "+", near: ":1 + :1"`,
		"SET a = :1 SET b = :1":         `Invalid UpdateExpression: The "SET" section can only be used once in an update expression;`,
		"SET a = :1, a.b = :1":          "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]",
		"SET a = :1 REMOVE a":           "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
		"SET a = :1 + :a":               "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S",
		"SET a = list_append(:a, :l)":   "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: S",
		"SET a = if_not_exists(:a, :l)": "Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists",
		"SET a = if_not_exists(b)":      "Invalid UpdateExpression: Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1",
		"SET a = size(b)":               "Invalid UpdateExpression: The function is not allowed in an update expression; function: size",
		"SET a = now(b)":                "Invalid UpdateExpression: Invalid function name; function: now",
		"ADD a b":                       `Invalid UpdateExpression: Syntax error; token: "b", near: "a b"`,
		"DELETE a :1":                   "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND",
		"SET a = s + :1":                "An operand in the update expression has an incorrect data type",
		"SET a = list_append(s, :l)":    "An operand in the update expression has an incorrect data type",
		"SET a = nope":                  "The provided expression refers to an attribute that does not exist in the item",
		"SET nope.a = :1":               "The document path provided in the update expression is invalid for update",
		"SET s.a = :1":                  "The document path provided in the update expression is invalid for update",
		"SET m[0] = :1":                 "The document path provided in the update expression is invalid for update",
		"SET #l.x = :1":                 "The document path provided in the update expression is invalid for update",
		"REMOVE nope.a":                 "The document path provided in the update expression is invalid for update",
		"DELETE nope.a :ss":             "The document path provided in the update expression is invalid for update",
		"ADD s :1":                      "An operand in the update expression has an incorrect data type",
		"ADD ns :ss":                    "An operand in the update expression has an incorrect data type",
		"DELETE ns :ss":                 "An operand in the update expression has an incorrect data type",
	} {
		t.Run(text, func(t *testing.T) {
			u, err := placeholders(t).Update(text)
			if err == nil {
				_, err = u.Apply(old)
			}
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestProjections(t *testing.T) {
	it := read(t, thing)
	for text, want := range map[string]string{
		"s, nope":           `{"s":{"S":"abc"}}`,
		"m.k, m.d":          `{"m":{"M":{"k":{"S":"v"},"d":{"M":{"e":{"N":"1"}}}}}}`,
		"l[2].x, l[0]":      `{"l":{"L":[{"N":"1"},{"M":{"x":{"N":"2"}}}]}}`,
		"l[7], m.nope, s.x": `{}`,
		"#dot, m.#name, #l": `{"a.b":{"N":"2"},"m":{"M":{"name":{"S":"inner"}}},"l":{"L":[{"N":"1"},{"S":"a"},{"M":{"x":{"N":"2"}}}]}}`,
	} {
		t.Run(text, func(t *testing.T) {
			p, err := placeholders(t).Projection(text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(read(t, want), p.Apply(it)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func FuzzExpressions(f *testing.F) {
	for _, s := range []string{"a = :1 AND NOT (b <> :a OR size(c) IN (:1, :2))", "SET a[1].b = list_append(c, :l) + :1 REMOVE d ADD e :1 DELETE f :ss", "a, b.c[1].#name", "#l BETWEEN :1 AND :2", "((a = :1))", "begins_with(a, :a)", "l[99999999999999999999]"} {
		f.Add(s)
	}
	it := read(f, thing)
	f.Fuzz(func(t *testing.T, text string) {
		p := placeholders(t)
		if c, err := p.Condition("FilterExpression", text); err == nil {
			c.Holds(it)
			c.Holds(nil)
		}
		_, _ = p.KeyCondition(text)
		if r, err := p.Projection(text); err == nil {
			r.Apply(it)
		}
		if u, err := p.Update(text); err == nil {
			before := attribute.AppendItemJSON(nil, it)
			if got, err := u.Apply(it); err == nil {
				u.Touched(got)
			}
			if string(attribute.AppendItemJSON(nil, it)) != string(before) {
				t.Fatalf("%s changed its item", text)
			}
		}
	})
}
