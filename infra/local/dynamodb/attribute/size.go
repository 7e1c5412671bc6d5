package attribute

// Limits, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	MaxItemBytes         = 400 << 10
	MaxPartitionKeyBytes = 2048
	MaxSortKeyBytes      = 1024
)

// container is what a list or map costs besides its content, and element each element in it.
const (
	container = 3
	element   = 1
)

// Size is the value's bytes as DynamoDB counts them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (v Value) Size() int {
	switch v.Kind {
	case S, B:
		return len(v.Text)
	case N:
		return numberSize(v.Text)
	case BOOL, NULL:
		return 1
	case M:
		n := container
		for k, e := range v.Map {
			n += len(k) + e.Size() + element
		}
		return n
	case L:
		n := container
		for _, e := range v.List {
			n += e.Size() + element
		}
		return n
	case NS:
		n := 0
		for _, m := range v.Set {
			n += numberSize(m)
		}
		return n
	case SS, BS:
		n := 0
		for _, m := range v.Set {
			n += len(m)
		}
		return n
	}
	return 0
}

// numberSize is a byte per two significant digits, one more, and one for a minus.
func numberSize(text string) int {
	n := normalNumber(text)
	size := (len(n.digits)+1)/2 + 1
	if n.neg {
		size++
	}
	return size
}

// ItemSize is the item's bytes: names and values.
func ItemSize(item Item) int {
	n := 0
	for k, v := range item {
		n += len(k) + v.Size()
	}
	return n
}
