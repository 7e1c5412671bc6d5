package differential_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

func setting(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		tb.Fatalf("%s=%q: want a number above 0", name, v)
	}
	return n
}

// long is how many calls must meet every listed difference.
const long = 100_000

// TestDifferential plays the same calls here and there.
func TestDifferential(t *testing.T) {
	ops := 5000
	if os.Getenv("CI") == "true" {
		ops = long
	}
	ops = setting(t, "DYNAMODB_DIFF_OPS", ops)
	seed := setting(t, "DYNAMODB_DIFF_SEED", 1)
	known := readKnown(t)
	there := side{startPeer(t), &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}, ""}
	here := side{dynamodb.NewT(t).URL, there.client, ""}

	const workers = 4
	l := &ledger{known: known, calls: map[string]int{}, met: map[string]int{}, fresh: map[string]*finding{}}
	var wg sync.WaitGroup
	for w := range workers {
		here.key = fmt.Sprintf("AKIALOCALTEST%d", w)
		there.key = here.key
		p := &player{here: here, there: there, ledger: l,
			source: &source{r: rand.New(rand.NewPCG(uint64(seed), uint64(w))), table: fmt.Sprintf("desk%d", w)}}
		if err := p.makeTable(); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range ops / workers {
				if err := p.step(); err != nil {
					t.Error(err)
					return
				}
			}
			if err := p.finish(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	total := 0
	for _, a := range slices.Sorted(maps.Keys(l.calls)) {
		total += l.calls[a]
		t.Logf("%7d %s", l.calls[a], a)
	}
	t.Logf("%d calls compared, of which %d were refused by both", total, l.failing)
	for _, k := range known {
		t.Logf("%7d times listed difference %q (right: %s)", l.met[k.Name], k.Name, k.Right)
		if k.AtMost > 0 && float64(l.met[k.Name]) > k.AtMost*float64(total) {
			t.Errorf("the listed difference %q was met %d times in %d calls, more than %.2f %%", k.Name, l.met[k.Name], total, 100*k.AtMost)
		}
		if l.met[k.Name] == 0 && ops >= long {
			t.Errorf("the listed difference %q was not met in %d calls: remove it from testdata/differences.json", k.Name, ops)
		}
	}
	fresh := slices.SortedFunc(maps.Values(l.fresh), func(a, b *finding) int { return cmp.Compare(b.count, a.count) })
	for i, f := range fresh {
		if i == 60 {
			t.Errorf("and %d more kinds of differences", len(fresh)-i)
			break
		}
		t.Errorf("%d times %s: %s differs\n  here:  %s\n  there: %s\n  call:  %s", f.count, f.action, f.leaf.Path, f.leaf.Here, f.leaf.There, f.request[:min(len(f.request), 3000)])
	}
}

// player sends one worker's calls, to a table of its own.
type player struct {
	here, there side
	ledger      *ledger
	source      *source
}

// both sends a request to the two sides.
func (p *player) both(action string, in any) (here, there answer, err error) {
	if here, err = p.here.call("DynamoDB", action, in); err != nil {
		return here, there, err
	}
	there, err = p.there.call("DynamoDB", action, in)
	return here, there, err
}

// makeTable makes the product's table, with two indexes more: one with a numeric key, one with some attributes only.
func (p *player) makeTable() error {
	key := func(names ...string) []any {
		var all []any
		for i, n := range names {
			all = append(all, object{"AttributeName": n, "KeyType": []string{"HASH", "RANGE"}[i]})
		}
		return all
	}
	index := func(name string, projection object, names ...string) object {
		return object{"IndexName": name, "KeySchema": key(names...), "Projection": projection}
	}
	all := object{"ProjectionType": "ALL"}
	var types []any
	for _, n := range strings.Fields("pk sk listPk listSk ofPk ofSk duePk dueAt status by") {
		types = append(types, object{"AttributeName": n, "AttributeType": "S"})
	}
	here, there, err := p.both("CreateTable", object{
		"TableName": p.source.table, "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("pk", "sk"),
		"AttributeDefinitions": append(types, object{"AttributeName": "score", "AttributeType": "N"}),
		"GlobalSecondaryIndexes": []any{
			index("list", all, "listPk", "listSk"), index("parent", all, "ofPk", "ofSk"),
			index("due", object{"ProjectionType": "KEYS_ONLY"}, "duePk", "dueAt"), index("score", all, "status", "score"),
			index("some", object{"ProjectionType": "INCLUDE", "NonKeyAttributes": []any{"n", "doc", "status"}}, "by"),
		},
		"StreamSpecification": object{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
	})
	if err == nil && (here.Code != "" || there.Code != "") {
		err = fmt.Errorf("CreateTable: here %+v, there %+v", here, there)
	}
	return err
}

// step plays one call and whatever reading it asks for.
func (p *player) step() error {
	c := p.source.next()
	if c.action == "Scan" || c.action == "Query" && c.in["IndexName"] != nil {
		return p.whole(c)
	}
	here, there, err := p.both(c.action, c.in)
	if err != nil {
		return err
	}
	if c.action == "BatchGetItem" {
		unordered(here, p.source.table)
		unordered(there, p.source.table)
	}
	found := compare(here, there)
	p.ledger.note(c.action, here.Code != "" && there.Code != "", c.in, found)
	if len(found) > 0 || here.Code != "" || removes(c.in) {
		return p.mend(c, slices.ContainsFunc(found, func(l leaf) bool { return l.Path == "outcome" }))
	}
	next, more := here.Body["LastEvaluatedKey"]
	for range 3 {
		if there.Body["LastEvaluatedKey"] == nil {
			break
		}
		if !more {
			break
		}
		c.in["ExclusiveStartKey"] = next
		if here, there, err = p.both(c.action, c.in); err != nil {
			return err
		}
		p.ledger.note(c.action, false, c.in, compare(here, there))
		next, more = here.Body["LastEvaluatedKey"]
	}
	return nil
}

// removes tells of a call with an update that takes something away: where it takes away only, and from
// nothing, the two sides part; see testdata/differences.json.
func removes(in object) bool {
	if e, ok := in["UpdateExpression"].(string); ok {
		return strings.Contains(e, "REMOVE") || strings.Contains(e, "DELETE")
	}
	all, _ := in["TransactItems"].([]any)
	return slices.ContainsFunc(all, func(part any) bool {
		update, ok := part.(object)["Update"].(object)
		return ok && removes(update)
	})
}

// unordered marks a batch's items as being in no order.
func unordered(a answer, table string) {
	if r, ok := a.Body["Responses"].(map[string]any); ok {
		if all, ok := r[table].([]any); ok {
			for i := range all {
				all[i] = normalise(all[i], "")
			}
			order(all)
		}
	}
}

// whole plays a listing whose order is only partly settled: to its end on each side, and then
// compares all it gave.
func (p *player) whole(c call) error {
	read := func(s side) (answer, error) {
		in := maps.Clone(c.in)
		var sum answer
		var items []any
		count, scanned, pages := 0, 0, 0
		for {
			a, err := s.call("DynamoDB", c.action, in)
			if err != nil || a.Code != "" {
				return a, err
			}
			all, _ := a.Body["Items"].([]any)
			for _, it := range all {
				items = append(items, normalise(it, ""))
			}
			n, _ := strconv.Atoi(fmt.Sprint(a.Body["Count"]))
			m, _ := strconv.Atoi(fmt.Sprint(a.Body["ScannedCount"]))
			count, scanned, pages = count+n, scanned+m, pages+1
			next, more := a.Body["LastEvaluatedKey"]
			if !more {
				sum = a
				break
			}
			if pages > 500 {
				return a, fmt.Errorf("%s on %s does not end: %s", c.action, s.url, short(written(in)))
			}
			in["ExclusiveStartKey"] = next
		}
		body := map[string]any{"Count": count, "ScannedCount": scanned}
		if pages == 1 {
			body["ConsumedCapacity"] = sum.Body["ConsumedCapacity"]
		}
		order(items)
		body["Items"] = items
		sum.Body = body
		return sum, nil
	}
	here, err := read(p.here)
	if err != nil {
		return err
	}
	there, err := read(p.there)
	if err != nil {
		return err
	}
	p.ledger.note(c.action, here.Code != "" && there.Code != "", c.in, compare(here, there))
	return nil
}

// mend looks at the items of a call that was refused or answered differently: those that now differ
// are made the same again, as they are there. They are noted unless the outcomes differed, when it is no wonder.
func (p *player) mend(c call, expected bool) error {
	for _, key := range c.keys {
		here, there, err := p.both("GetItem", object{"TableName": p.source.table, "Key": key, "ConsistentRead": true})
		if err != nil {
			return err
		}
		found := compare(here, there)
		if there.Code != "" || len(found) == 0 {
			continue
		}
		if !expected {
			p.ledger.note("after "+c.action, false, c.in, found[:1])
		}
		action, in := "PutItem", object{"TableName": p.source.table, "Item": there.Body["Item"]}
		if there.Body["Item"] == nil {
			action, in = "DeleteItem", object{"TableName": p.source.table, "Key": key}
		}
		// On both sides, so that the streams keep telling the same.
		h, t, err := p.both(action, in)
		if err != nil {
			return err
		}
		if h.Code != "" || t.Code != "" { // an item that one side refuses: gone on both
			in := object{"TableName": p.source.table, "Key": key}
			if h, t, err = p.both("DeleteItem", in); err != nil || h.Code != "" || t.Code != "" {
				return fmt.Errorf("cannot mend %v: here %v, there %v: %w", key, h, t, err)
			}
		}
	}
	return nil
}

// finish compares the table as it is at the end, through its own key and through every index.
func (p *player) finish() error {
	for _, place := range places {
		in := object{"TableName": p.source.table}
		if place.index != "" {
			in["IndexName"] = place.index
		}
		if err := p.whole(call{action: "Scan", in: in}); err != nil {
			return err
		}
	}
	return nil
}
