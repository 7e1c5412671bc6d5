package attribute

import (
	"encoding/binary"
	"errors"
)

// The stored form: a byte of kind, then lengths as unsigned varints and bytes.

var errStored = errors.New("stored item is damaged")

// AppendItem appends the stored form of an item.
func AppendItem(dst []byte, item Item) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(item)))
	for k, v := range item {
		dst = appendText(dst, k)
		dst = appendValue(dst, v)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendValue(dst []byte, v Value) []byte {
	dst = append(dst, byte(v.Kind))
	switch v.Kind {
	case S, N, B:
		dst = appendText(dst, v.Text)
	case BOOL:
		if v.Bool {
			return append(dst, 1)
		}
		return append(dst, 0)
	case M:
		dst = AppendItem(dst, v.Map)
	case L:
		dst = binary.AppendUvarint(dst, uint64(len(v.List)))
		for _, e := range v.List {
			dst = appendValue(dst, e)
		}
	case SS, NS, BS:
		dst = binary.AppendUvarint(dst, uint64(len(v.Set)))
		for _, e := range v.Set {
			dst = appendText(dst, e)
		}
	}
	return dst
}

// DecodeItem reads the stored form; the item shares no memory with data.
func DecodeItem(data []byte) (Item, error) {
	r := reader{data: data}
	item := r.item()
	if r.bad || len(r.data) != 0 {
		return nil, errStored
	}
	return item, nil
}

type reader struct {
	data []byte
	bad  bool
}

// count reads a length; every counted thing takes a byte at least.
func (r *reader) count() int {
	n, w := binary.Uvarint(r.data)
	if w <= 0 || n > uint64(len(r.data)-w) {
		r.bad = true
		return 0
	}
	r.data = r.data[w:]
	return int(n)
}

func (r *reader) text() string {
	n := r.count()
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

func (r *reader) octet() byte {
	if len(r.data) == 0 {
		r.bad = true
		return 0
	}
	c := r.data[0]
	r.data = r.data[1:]
	return c
}

func (r *reader) item() Item {
	n := r.count()
	item := make(Item, n)
	for range n {
		if r.bad {
			break
		}
		k := r.text()
		item[k] = r.value()
	}
	return item
}

func (r *reader) value() Value {
	v := Value{Kind: Kind(r.octet())}
	switch v.Kind {
	case S, N, B:
		v.Text = r.text()
	case BOOL:
		v.Bool = r.octet() == 1
	case NULL:
	case M:
		v.Map = r.item()
	case L:
		n := r.count()
		v.List = make([]Value, 0, n)
		for i := 0; i < n && !r.bad; i++ {
			v.List = append(v.List, r.value())
		}
	case SS, NS, BS:
		n := r.count()
		v.Set = make([]string, 0, n)
		for i := 0; i < n && !r.bad; i++ {
			v.Set = append(v.Set, r.text())
		}
	default:
		r.bad = true
	}
	return v
}
