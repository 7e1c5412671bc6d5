package dynamodb

import (
	"math"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// Capacity units, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
const (
	readUnitBytes  = 4 << 10
	writeUnitBytes = 1 << 10
)

// readUnits is what reading n bytes at once costs; even nothing costs something.
func readUnits(n int, consistent bool) float64 {
	u := math.Max(1, math.Ceil(float64(n)/readUnitBytes))
	if !consistent {
		u /= 2
	}
	return u
}

func writeUnits(n int) float64 { return math.Max(1, math.Ceil(float64(n)/writeUnitBytes)) }

// units is a cost, by table and index.
type units struct {
	table   float64
	indexes map[string]float64
}

func (u *units) onIndex(name string, n float64) {
	if n == 0 {
		return
	}
	if u.indexes == nil {
		u.indexes = map[string]float64{}
	}
	u.indexes[name] += n
}

func (u *units) add(v units, times float64) {
	u.table += v.table * times
	for name, n := range v.indexes {
		u.onIndex(name, n*times)
	}
}

func (u units) total() float64 {
	n := u.table
	for _, x := range u.indexes {
		n += x
	}
	return n
}

type consumedUnits struct {
	CapacityUnits      float64
	ReadCapacityUnits  float64 `json:",omitempty"`
	WriteCapacityUnits float64 `json:",omitempty"`
}

// ConsumedCapacity of the wire.
type consumed struct {
	TableName string
	consumedUnits
	Table                  *consumedUnits           `json:",omitempty"`
	GlobalSecondaryIndexes map[string]consumedUnits `json:",omitempty"`
}

// meter adds up what a request costs, by table. A transaction tells reads from writes.
type meter struct {
	call     *awshttp.Call
	mode     string // NONE, TOTAL, INDEXES
	split    string // "", "read" or "write"
	byTable  map[string]*units
	ordering []string
}

func newMeter(c *awshttp.Call, mode, split string) (*meter, error) {
	switch mode {
	case "", "NONE", "TOTAL", "INDEXES":
		return &meter{call: c, mode: mode, split: split, byTable: map[string]*units{}}, nil
	}
	return nil, constraint(mode, "returnConsumedCapacity", "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]")
}

func (m *meter) add(table string, u units, times float64) {
	sum := m.byTable[table]
	if sum == nil {
		sum = &units{}
		m.byTable[table] = sum
		m.ordering = append(m.ordering, table)
	}
	sum.add(u, times)
	m.call.Consume(u.total() * times)
}

func (m *meter) one(n float64) consumedUnits {
	u := consumedUnits{CapacityUnits: n}
	switch m.split {
	case "read":
		u.ReadCapacityUnits = n
	case "write":
		u.WriteCapacityUnits = n
	}
	return u
}

// all is the answer's list; nil when the request did not ask.
func (m *meter) all() []consumed {
	if m.mode == "" || m.mode == "NONE" {
		return nil
	}
	slices.SortFunc(m.ordering, strings.Compare)
	out := make([]consumed, 0, len(m.ordering))
	for _, name := range m.ordering {
		u := m.byTable[name]
		c := consumed{TableName: name, consumedUnits: m.one(u.total())}
		if m.mode == "INDEXES" {
			t := m.one(u.table)
			c.Table = &t
			for x, n := range u.indexes {
				if c.GlobalSecondaryIndexes == nil {
					c.GlobalSecondaryIndexes = map[string]consumedUnits{}
				}
				c.GlobalSecondaryIndexes[x] = m.one(n)
			}
		}
		out = append(out, c)
	}
	return out
}

// single is the answer's only entry.
func (m *meter) single() *consumed {
	if all := m.all(); len(all) > 0 {
		return &all[0]
	}
	return nil
}
