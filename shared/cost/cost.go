// Package cost says what something takes on AWS, in the units that AWS bills, and what
// that is in money: a run as its history shows it, and a definition before it is
// published. Prices are one file (prices.json, with region, date and source), what a
// mail, a run and each type of node take is another (counted.json, written by
// infra/bench/counts from counted calls). It is pure; it bills nobody and asks AWS for
// nothing, so every figure is an estimate before free tiers and discounts.
// Neighbours: run (histories), workflow (definitions), infra/bench/cost (the table of a month).
package cost

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
)

// Item is something that AWS bills by count.
type Item string

// The items that runs take. Those that are billed by the month are only in prices.json.
const (
	Transition     Item = "transition"
	LambdaRequest  Item = "lambdaRequest"
	LambdaGBSecond Item = "lambdaGBSecond"
	WriteUnit      Item = "writeUnit"
	ReadUnit       Item = "readUnit"
	ObjectPut      Item = "objectPut"
	ObjectGet      Item = "objectGet"
	MailIn         Item = "mailIn"
	MailOut        Item = "mailOut"
	BusEvent       Item = "busEvent"
	QueueRequest   Item = "queueRequest"
	HTTPRequest    Item = "httpRequest"
	TokenIn        Item = "tokenIn"
	TokenOut       Item = "tokenOut"
)

// Use is how much of each item something takes.
type Use map[Item]float64

// Plus is both together.
func (u Use) Plus(v Use) Use {
	out := maps.Clone(u)
	if out == nil {
		out = Use{}
	}
	for k, n := range v {
		out[k] += n
	}
	return out
}

// Times is n of them.
func (u Use) Times(n float64) Use {
	out := make(Use, len(u))
	for k, v := range u {
		out[k] = v * n
	}
	return out
}

// Dollars at today's prices (see Prices).
func (u Use) Dollars() float64 {
	sum := 0.0
	for _, k := range slices.Sorted(maps.Keys(u)) { // in one order: sums of floats depend on it
		sum += u[k] * unit(k)
	}
	return sum
}

// MicroUSD is the same in millionths of a dollar, rounded: what metrics and REST carry.
func (u Use) MicroUSD() int64 { return int64(math.Round(u.Dollars() * 1e6)) }

// Price of one item: USD for Per of them.
type Price struct {
	Item    Item    `json:"item"`
	Service string  `json:"service"`
	Unit    string  `json:"unit"`
	Per     float64 `json:"per"`
	USD     float64 `json:"usd"`
	Source  string  `json:"source"`
}

// List is a list of prices.
type List struct {
	Region string  `json:"region"`
	Date   string  `json:"date"`
	Note   string  `json:"note"`
	Prices []Price `json:"prices"`
}

//go:embed prices.json
var pricesFile []byte

// Prices are those of prices.json.
var Prices = sync.OnceValue(func() List {
	var l List
	read(pricesFile, &l, "prices.json")
	return l
})

var units = sync.OnceValue(func() map[Item]float64 {
	m := map[Item]float64{}
	for _, p := range Prices().Prices {
		m[p.Item] = p.USD / p.Per
	}
	return m
})

// unit is the price of one; an item without a price is a fault of this package's files.
func unit(k Item) float64 {
	p, ok := units()[k]
	if !ok {
		panic(fmt.Sprintf("prices.json has no price of %q", k))
	}
	return p
}

// read decodes a file of the package, which a test has read before.
func read(data []byte, v any, name string) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		panic(name + ": " + err.Error())
	}
}
