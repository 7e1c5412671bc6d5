// Command verifyaws records what AWS does in the cases on which Deskhand leans most, and holds
// the local stack against it: an approval, a time-out, a cancelled wait, a redrive, a duplicate
// start, a denial by IAM, and a status event. The same calls are made there and here; answers,
// errors and histories are written to one file for each case, with what differs from run to run
// (times, tokens, account, names) taken out, and compared.
//
//	verifyaws -local -out DIR            record the local stack, which it starts by itself
//	verifyaws -setup FILE -out DIR       record the account of the default credentials
//	verifyaws -diff DIR,DIR              compare two recordings; exit status 1 when they differ
//
// FILE holds the outputs of setup.yaml and credentials of its NarrowRole as JSON; `make
// verify-aws` makes it. See README.md for what is unverified until it has run.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	local := flag.Bool("local", false, "record the local stack")
	setup := flag.String("setup", "", "file with what was set up in the account")
	out := flag.String("out", "", "folder for the recording")
	diff := flag.String("diff", "", "two folders, with a comma between")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *diff != "":
		a, b, _ := strings.Cut(*diff, ",")
		err = compare(a, b)
	case *out == "" || *local == (*setup != ""):
		err = fmt.Errorf("want -out and one of -local and -setup, or -diff")
	case *local:
		err = recordLocal(ctx, *out)
	default:
		err = recordAccount(ctx, *setup, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "verifyaws:", err)
		os.Exit(1)
	}
}

// record plays every case and writes its file.
func record(ctx context.Context, p *place, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, c := range cases {
		r := &recording{place: p, ctx: ctx}
		err := c.play(r)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		text, err := json.MarshalIndent(map[string]any{"case": c.name, "settles": c.settles, "steps": r.steps}, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, c.name+".json"), append(p.plain(text), '\n'), 0o644); err != nil {
			return err
		}
		fmt.Printf("recorded %-16s %d steps\n", c.name, len(r.steps))
	}
	return nil
}

// compare prints the lines in which two recordings differ.
func compare(a, b string) error {
	different := 0
	for _, c := range cases {
		var text [2][]string
		for i, dir := range []string{a, b} {
			raw, err := os.ReadFile(filepath.Join(dir, c.name+".json"))
			if err != nil {
				return err
			}
			text[i] = strings.Split(string(raw), "\n")
		}
		if slices.Equal(text[0], text[1]) {
			fmt.Printf("same      %s\n", c.name)
			continue
		}
		different++
		fmt.Printf("DIFFERENT %s\n", c.name)
		for _, line := range changes(text[0], text[1]) {
			fmt.Println("   ", line)
		}
	}
	if different > 0 {
		return fmt.Errorf("%d of %d cases differ (- %s, + %s)", different, len(cases), a, b)
	}
	return nil
}

// changes are the lines to take away and to add, by the longest common subsequence.
func changes(a, b []string) []string {
	long := make([][]int, len(a)+1)
	for i := range long {
		long[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && long[i+1][j] >= long[i][j+1]:
			out, i = append(out, "- "+a[i]), i+1
		default:
			out, j = append(out, "+ "+b[j]), j+1
		}
	}
	return out
}
