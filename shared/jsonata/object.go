package jsonata

import "sort"

// object is an object built by an expression or read from JSON text. It keeps the order of insertion; names that
// are array indexes come first in rising order, as in JavaScript.
type object struct {
	members []member
	index   map[string]int // only above indexFrom members
	numeric bool           // some name is an array index
}

type member struct {
	key   string
	value any
}

const indexFrom = 9

func newObject(capacity int) *object {
	return &object{members: make([]member, 0, capacity)}
}

func (o *object) find(key string) int {
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].key == key {
			return i
		}
	}
	return -1
}

func (o *object) get(key string) (any, bool) {
	if i := o.find(key); i >= 0 {
		return o.members[i].value, true
	}
	return nil, false
}

func (o *object) set(key string, v any) {
	if i := o.find(key); i >= 0 {
		o.members[i].value = v
		return
	}
	if _, ok := arrayIndex(key); ok {
		o.numeric = true
	}
	o.members = append(o.members, member{key, v})
	if o.index != nil {
		o.index[key] = len(o.members) - 1
	} else if len(o.members) >= indexFrom {
		o.index = make(map[string]int, 2*indexFrom)
		for i := range o.members {
			o.index[o.members[i].key] = i
		}
	}
}

func (o *object) remove(key string) {
	i := o.find(key)
	if i < 0 {
		return
	}
	o.members = append(o.members[:i], o.members[i+1:]...)
	if o.index != nil {
		clear(o.index)
		for i := range o.members {
			o.index[o.members[i].key] = i
		}
	}
}

func (o *object) keys() []string {
	keys := make([]string, len(o.members))
	for i := range o.members {
		keys[i] = o.members[i].key
	}
	if o.numeric {
		sort.SliceStable(keys, func(i, j int) bool {
			a, aok := arrayIndex(keys[i])
			b, bok := arrayIndex(keys[j])
			if aok && bok {
				return a < b
			}
			return aok && !bok
		})
	}
	return keys
}

// arrayIndex reports whether a name is the canonical decimal form of an array index (0 … 2³²-2).
func arrayIndex(s string) (uint64, bool) {
	if len(s) == 0 || len(s) > 10 || (s[0] == '0' && len(s) > 1) {
		return 0, false
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, n <= 4294967294
}
