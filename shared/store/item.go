package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/shared/fault"
)

// item is one item of the table. What lists filter by and writes check lies in
// attributes of their own ("columns"); the whole entity is JSON in doc: text, or gzip
// when it is long.
type item = map[string]types.AttributeValue

const (
	gzipFrom = 512       // bytes of JSON from which it is stored compressed: every KB of an item is paid again in each index
	maxPlain = 16 << 20  // bytes that a compressed attribute may unfold to
	maxItem  = 400 << 10 // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
)

// newItem starts an item.
func newItem(k key, kind string) item {
	return item{"pk": str(k.pk), "sk": str(k.sk), "kind": str(kind), "v": num(version(kind))}
}

func str(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func num(n int) types.AttributeValue      { return &types.AttributeValueMemberN{Value: strconv.Itoa(n)} }
func flag(b bool) types.AttributeValue    { return &types.AttributeValueMemberBOOL{Value: b} }
func bin(b []byte) types.AttributeValue   { return &types.AttributeValueMemberB{Value: b} }
func set(s []string) types.AttributeValue { return &types.AttributeValueMemberSS{Value: s} }

func list(s []string) types.AttributeValue {
	l := make([]types.AttributeValue, len(s))
	for i, e := range s {
		l[i] = str(e)
	}
	return &types.AttributeValueMemberL{Value: l}
}

// epoch is a time in seconds, as DynamoDB's TTL has it.
func epoch(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

// inDays is a ttl from now.
func (s *Store) inDays(days int) types.AttributeValue { return epoch(s.now().AddDate(0, 0, days)) }

// text, number and yes read a column; the zero value stands for none.
func text(it item, name string) string {
	if v, ok := it[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func number(it item, name string) int {
	if v, ok := it[name].(*types.AttributeValueMemberN); ok {
		n, _ := strconv.Atoi(v.Value)
		return n
	}
	return 0
}

func yes(it item, name string) bool {
	v, ok := it[name].(*types.AttributeValueMemberBOOL)
	return ok && v.Value
}

func bytesOf(it item, name string) []byte {
	if v, ok := it[name].(*types.AttributeValueMemberB); ok {
		return v.Value
	}
	return nil
}

// encode makes JSON of v an attribute, compressed when it is long.
func encode(v any) (types.AttributeValue, error) {
	data, err := marshal(v)
	if err != nil {
		return nil, err
	}
	return pack(data)
}

// pack makes an attribute of bytes, compressed when they are many.
func pack(data []byte) (types.AttributeValue, error) {
	if len(data) < gzipFrom {
		return str(string(data)), nil
	}
	small, err := compress(data)
	if err != nil {
		return nil, err
	}
	return bin(small), nil
}

// unpack is what pack was given, in this release's form; nil when there is no such
// attribute.
func unpack(it item, name string) (data []byte, err error) {
	switch v := it[name].(type) {
	case *types.AttributeValueMemberS:
		data = []byte(v.Value)
	case *types.AttributeValueMemberB:
		if data, err = expand(v.Value); err != nil {
			return nil, err
		}
	}
	return upgrade(it, name, data)
}

// decode reads what encode wrote.
func decode(it item, name string, v any) error {
	data, err := unpack(it, name)
	if err == nil && data == nil {
		err = fmt.Errorf("there is no %s", name)
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("read item %s %s: %w", text(it, "pk"), text(it, "sk"), err)
	}
	return nil
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// zippers are used again, because a new one takes 800 KB.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zippers.Get().(*gzip.Writer)
	defer zippers.Put(w)
	w.Reset(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func expand(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, maxPlain+1))
	if err == nil && len(out) > maxPlain {
		err = fault.New(fault.Internal, "compressed record unfolds to more than %d bytes", maxPlain)
	}
	return out, err
}

// columns are attributes to be set, or to be removed where the value is nil.
type columns map[string]types.AttributeValue

// opt is a column that is there only when it says something.
func opt(s string) types.AttributeValue {
	if s == "" {
		return nil
	}
	return str(s)
}

func optList(s []string) types.AttributeValue {
	if len(s) == 0 {
		return nil
	}
	return list(s)
}

// listed files an item in the indexes; the zero place takes it out.
func (c columns) listed(inList, inOf place) columns {
	c["listPk"], c["listSk"] = opt(inList.pk), opt(inList.sk)
	c["ofPk"], c["ofSk"] = opt(inOf.pk), opt(inOf.sk)
	return c
}

// dueAt marks an item for the sweep; the zero time takes the mark away.
func (c columns) dueAt(t time.Time) columns {
	c["duePk"], c["dueAt"] = nil, nil
	if !t.IsZero() {
		c["duePk"], c["dueAt"] = str(due), str(stampOf(t))
	}
	return c
}

// with adds columns to an item.
func with(it item, c columns) item {
	for name, v := range c {
		if v != nil {
			it[name] = v
		}
	}
	return it
}

func merge(all ...columns) columns {
	out := columns{}
	for _, c := range all {
		maps.Copy(out, c)
	}
	return out
}
