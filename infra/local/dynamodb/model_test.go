package dynamodb_test

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

// model is a table as one would first think of it: a map, sorted when asked.
type model map[string]item

func id(it item) string {
	return it["pk"].(*types.AttributeValueMemberS).Value + "|" + it["sk"].(*types.AttributeValueMemberS).Value
}

func text(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

// compare orders two key values with no regard for how the service does it.
func compare(a, b types.AttributeValue) int {
	if _, ok := a.(*types.AttributeValueMemberN); ok {
		x, _ := new(big.Rat).SetString(text(a))
		y, _ := new(big.Rat).SetString(text(b))
		return x.Cmp(y)
	}
	return slices.Compare([]byte(text(a)), []byte(text(b)))
}

// find is what a query on the key attributes must return.
func (m model) find(pk, sk string, partition types.AttributeValue, keep func(types.AttributeValue) bool) []item {
	var out []item
	for _, it := range m {
		if p, ok := it[pk]; !ok || text(p) != text(partition) || it[sk] == nil || !keep(it[sk]) {
			continue
		}
		out = append(out, it)
	}
	slices.SortFunc(out, func(a, b item) int { return compare(a[sk], b[sk]) })
	return out
}

// groups splits sorted items into runs of equal sort keys, each sorted by id: an index leaves their order open.
func groups(items []item, sk string) []string {
	var out []string
	for i := 0; i < len(items); {
		j := i
		var run []string
		for ; j < len(items) && compare(items[i][sk], items[j][sk]) == 0; j++ {
			run = append(run, fmt.Sprint(id(items[j]), len(items[j]), text(items[j]["n"])))
		}
		slices.Sort(run)
		out = append(out, run...)
		i = j
	}
	return out
}

// TestModel plays random calls against the service and the model.
func TestModel(t *testing.T) {
	const steps = 4000
	db := dynamodb.NewT(t, desk)
	m := model{}
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	sortKeys := []string{"a", "a\x00", "a\x00\x01", "a\xc2\x80", "aa", "b", "\x7f", "é", "z", "Z", "0", "00", "\uFFFF", "\U00010000"}
	number := func() string {
		switch r.IntN(4) {
		case 0:
			return strconv.Itoa(r.IntN(20) - 10)
		case 1:
			return fmt.Sprintf("%d.%d", r.IntN(20)-10, r.IntN(100))
		case 2:
			return fmt.Sprintf("%de%d", r.IntN(99)-50, r.IntN(60)-30)
		}
		return pick("0", "1", "1.0", "100", "99", "0.001", "-0.001", "-1", "12345678901234567890123456789012345678", "9.9e125", "-9.9e125", "1e-130", "-1e-130")
	}
	plain := func(v types.AttributeValue) types.AttributeValue { // the normal form, by way of big.Rat
		x, _ := new(big.Rat).SetString(text(v))
		s := x.FloatString(200)
		return num(strings.TrimRight(strings.TrimRight(s, "0"), "."))
	}
	randomKey := func() item { return key(pick("p", "q", "r"), pick(sortKeys...)) }
	randomItem := func() item {
		it := with(randomKey(), item{"n": num(strconv.Itoa(r.IntN(100)))})
		if r.IntN(3) > 0 {
			it["gsi1pk"] = str(pick("x", "y"))
		}
		if r.IntN(3) > 0 {
			it["gsi1sk"] = num(number())
		}
		return it
	}
	stored := func(it item) item {
		it = with(it, nil)
		if v, ok := it["gsi1sk"]; ok {
			it["gsi1sk"] = plain(v)
		}
		return it
	}
	name := aws.String("desk")
	conditional := func(err error) bool {
		var c *types.ConditionalCheckFailedException
		if err != nil && !errors.As(err, &c) {
			t.Fatal(err)
		}
		return err == nil
	}
	ranges := []struct {
		expression string
		keep       func(v, a, b types.AttributeValue) bool
	}{
		{"", func(v, a, b types.AttributeValue) bool { return true }},
		{" AND #s = :a", func(v, a, b types.AttributeValue) bool { return compare(v, a) == 0 }},
		{" AND #s < :a", func(v, a, b types.AttributeValue) bool { return compare(v, a) < 0 }},
		{" AND #s <= :a", func(v, a, b types.AttributeValue) bool { return compare(v, a) <= 0 }},
		{" AND #s > :a", func(v, a, b types.AttributeValue) bool { return compare(v, a) > 0 }},
		{" AND #s >= :a", func(v, a, b types.AttributeValue) bool { return compare(v, a) >= 0 }},
		{" AND #s BETWEEN :a AND :b", func(v, a, b types.AttributeValue) bool { return compare(v, a) >= 0 && compare(v, b) <= 0 }},
		{" AND begins_with(#s, :a)", func(v, a, b types.AttributeValue) bool { return strings.HasPrefix(text(v), text(a)) }},
	}
	search := func(index *string, pk, sk string, partition types.AttributeValue, a, b types.AttributeValue) {
		if compare(a, b) > 0 {
			a, b = b, a
		}
		kinds := len(ranges)
		if index != nil {
			kinds-- // no prefix of a number
		}
		kind := ranges[r.IntN(kinds)]
		in := &sdk.QueryInput{TableName: name, IndexName: index, KeyConditionExpression: aws.String("#p = :p" + kind.expression),
			ExpressionAttributeNames: map[string]string{"#p": pk}, ExpressionAttributeValues: item{":p": partition}, ScanIndexForward: aws.Bool(r.IntN(2) == 0)}
		if kind.expression != "" {
			in.ExpressionAttributeNames["#s"], in.ExpressionAttributeValues[":a"] = sk, a
		}
		if strings.Contains(kind.expression, ":b") {
			in.ExpressionAttributeValues[":b"] = b
		}
		if r.IntN(2) == 0 {
			in.Limit = aws.Int32(int32(1 + r.IntN(5)))
		}
		var got []item
		for p := sdk.NewQueryPaginator(db, in); p.HasMorePages(); {
			got = append(got, must(p.NextPage(ctx))(t).Items...)
		}
		if !*in.ScanIndexForward {
			slices.Reverse(got)
		}
		want := m.find(pk, sk, partition, func(v types.AttributeValue) bool { return kind.keep(v, a, b) })
		same(t, groups(want, sk), groups(got, sk))
	}
	for step := range steps {
		switch r.IntN(10) {
		case 0, 1:
			it := randomItem()
			in := &sdk.PutItemInput{TableName: name, Item: it}
			_, exists := m[id(it)]
			if r.IntN(3) == 0 {
				in.ConditionExpression = aws.String("attribute_not_exists(pk)")
				if conditional(func() error { _, err := db.PutItem(ctx, in); return err }()) == exists {
					t.Fatalf("step %d: condition", step)
				}
				if exists {
					continue
				}
			} else {
				must(db.PutItem(ctx, in))(t)
			}
			m[id(it)] = stored(it)
		case 2, 3:
			it := randomItem()
			k := item{"pk": it["pk"], "sk": it["sk"]}
			old := m[id(it)]
			next := with(with(k, nil), old)
			in := &sdk.UpdateItemInput{TableName: name, Key: k, ReturnValues: types.ReturnValueAllNew}
			switch r.IntN(3) {
			case 0:
				in.UpdateExpression = aws.String("ADD n :d")
				in.ExpressionAttributeValues = item{":d": num("7")}
				sum := 7
				if v := old["n"]; v != nil {
					n, _ := strconv.Atoi(text(v))
					sum += n
				}
				next["n"] = num(strconv.Itoa(sum))
			case 1:
				in.UpdateExpression = aws.String("SET gsi1sk = :s, gsi1pk = if_not_exists(gsi1pk, :p)")
				s := num(number())
				in.ExpressionAttributeValues = item{":s": s, ":p": str("x")}
				next["gsi1sk"] = plain(s)
				if next["gsi1pk"] == nil {
					next["gsi1pk"] = str("x")
				}
			case 2:
				in.UpdateExpression = aws.String("REMOVE gsi1sk SET n = :d")
				in.ExpressionAttributeValues = item{":d": num("0")}
				delete(next, "gsi1sk")
				next["n"] = num("0")
			}
			same(t, next, must(db.UpdateItem(ctx, in))(t).Attributes)
			m[id(it)] = next
		case 4:
			k := randomKey()
			in := &sdk.DeleteItemInput{TableName: name, Key: k, ConditionExpression: aws.String("n < :n OR attribute_not_exists(n)"), ExpressionAttributeValues: item{":n": num("50")}}
			n, _ := strconv.Atoi(text(m[id(k)]["n"]))
			if ok := conditional(func() error { _, err := db.DeleteItem(ctx, in); return err }()); ok != (m[id(k)] == nil || n < 50) {
				t.Fatalf("step %d: delete of n = %d: %v", step, n, ok)
			} else if ok {
				delete(m, id(k))
			}
		case 5:
			a, b := randomItem(), randomItem()
			in := &sdk.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: name, Item: a}},
				{Put: &types.Put{TableName: name, Item: b, ConditionExpression: aws.String("attribute_exists(pk)")}}}}
			_, err := db.TransactWriteItems(ctx, in)
			want := m[id(b)] != nil && id(a) != id(b)
			if (err == nil) != want {
				t.Fatalf("step %d: transaction: %v, want %v", step, err, want)
			}
			if want {
				m[id(a)], m[id(b)] = stored(a), stored(b)
			}
		case 6:
			k := randomKey()
			same(t, m[id(k)], get(t, db, text(k["pk"]), text(k["sk"])))
		case 7, 8:
			search(nil, "pk", "sk", str(pick("p", "q", "r")), str(pick(sortKeys...)), str(pick(sortKeys...)))
		case 9:
			search(aws.String("gsi1"), "gsi1pk", "gsi1sk", str(pick("x", "y")), num(number()), num(number()))
		}
		if t.Failed() {
			t.Fatalf("at step %d", step)
		}
	}
	t.Run("the stream tells the whole story", func(t *testing.T) {
		replay := map[string]int{}
		after := ""
		for {
			page := records(t, db, after, 500)
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				k := r.DynamoDB.Keys["pk"].Text + "|" + r.DynamoDB.Keys["sk"].Text
				if (r.DynamoDB.OldImage != nil) != (replay[k] > 0) {
					t.Fatalf("%s of %s with %d attributes before", r.EventName, k, replay[k])
				}
				replay[k] = len(r.DynamoDB.NewImage)
				after = r.DynamoDB.SequenceNumber
			}
		}
		for k, n := range replay {
			if n != len(m[k]) {
				t.Errorf("%s: %d attributes, want %d", k, n, len(m[k]))
			}
		}
	})
}

func BenchmarkPutItem(b *testing.B) {
	db := dynamodb.NewT(b, desk)
	n := 0
	for b.Loop() {
		n++
		put(b, db, with(key(fmt.Sprintf("conv#%d", n%1000), fmt.Sprintf("msg#%d", n)), item{"gsi1pk": str("inbox"), "gsi1sk": num(strconv.Itoa(n)), "text": str(strings.Repeat("x", 500))}))
	}
}

func BenchmarkQuery(b *testing.B) {
	db := dynamodb.NewT(b, desk)
	for n := range 20000 {
		put(b, db, with(key(fmt.Sprintf("conv#%d", n%1000), fmt.Sprintf("msg#%d", n)), item{"text": str(strings.Repeat("x", 200))}))
	}
	n := 0
	for b.Loop() {
		n++
		in := query("pk = :p AND begins_with(sk, :s)", item{":p": str(fmt.Sprintf("conv#%d", n%1000)), ":s": str("msg#1")})
		in.Limit = aws.Int32(10)
		must(db.Query(ctx, in))(b)
	}
}
