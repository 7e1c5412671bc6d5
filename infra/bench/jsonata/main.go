// Command jsonata times shared/jsonata against the reference implementation, JSONata
// 2.0.6 on Node, in the same run and on the same data: every expression that the
// compiler emits for the gallery's workflows, evaluated over the input of one of their
// examples. It also says where the two give different results, of which there should be
// none. npm puts the reference into a folder that is removed again; without node or npm
// there is nothing to compare with, and the command says so.
//
//	go run ./infra/bench/jsonata [-time 100ms]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"time"
)

func main() {
	each := flag.Duration("time", 100*time.Millisecond, "how long each expression is evaluated, by each")
	flag.Parse()
	if err := run(context.Background(), *each); err != nil {
		fmt.Fprintln(os.Stderr, "jsonata:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, each time.Duration) error {
	dir, err := os.MkdirTemp("", "deskhand-jsonata-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	reference, err := install(ctx, dir)
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("skipped: node and npm are needed for the reference implementation:", err)
		return nil
	}
	if err != nil {
		return err
	}
	cases, err := expressions()
	if err != nil {
		return err
	}
	theirs, err := reference.measure(ctx, cases, each)
	if err != nil {
		return err
	}
	ours, err := measure(cases, each)
	if err != nil {
		return err
	}
	return report(cases, ours, theirs)
}

// sample is what one implementation made of one expression.
type sample struct {
	Nanoseconds float64 `json:"ns"` // of one evaluation
	Compile     float64 `json:"compile"`
	Result      any     `json:"result"` // JSON value; nil also when there is none
}

func report(cases []testCase, ours, theirs []sample) error {
	fmt.Println("| expression | times in the gallery | ours ns | reference ns | reference / ours |")
	fmt.Println("|---|---:|---:|---:|---:|")
	var eval, compile float64
	different := 0
	for i, c := range cases {
		ratio := theirs[i].Nanoseconds / ours[i].Nanoseconds
		eval, compile = eval+math.Log(ratio), compile+math.Log(theirs[i].Compile/ours[i].Compile)
		fmt.Printf("| `%s` | %d | %.0f | %.0f | %.1f |\n", c.short(), c.times, ours[i].Nanoseconds, theirs[i].Nanoseconds, ratio)
		if !same(ours[i].Result, theirs[i].Result) {
			different++
			fmt.Fprintf(os.Stderr, "different results of %s:\n  ours      %v\n  reference %v\n", c.source, ours[i].Result, theirs[i].Result)
		}
	}
	n := float64(len(cases))
	fmt.Printf("\nGeometric mean of reference / ours over %d expressions: evaluating %.1f, compiling %.1f (above 1: ours is faster).\n", len(cases), math.Exp(eval/n), math.Exp(compile/n))
	if different > 0 {
		return fmt.Errorf("%d expressions gave different results", different)
	}
	return nil
}
