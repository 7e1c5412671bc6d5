// Command testsum reads `go test -json` and prints what a person wants to know: the
// output of what failed, a line per package, and the counts at the end. It exits 1 when
// anything failed or no test ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64

	ImportPath string // of build output
}

func main() {
	os.Exit(sum(bufio.NewScanner(os.Stdin)))
}

func sum(in *bufio.Scanner) int {
	in.Buffer(make([]byte, 1<<20), 16<<20)
	output := map[string]*strings.Builder{}
	var passed, failed, skipped, broken int
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if e.Action == "build-output" {
				fmt.Print(e.Output)
				continue
			}
			if output[key] == nil {
				output[key] = &strings.Builder{}
			}
			output[key].WriteString(e.Output)
			continue
		case "pass", "fail", "skip":
		default:
			continue
		}
		if e.Test == "" {
			if e.Action == "fail" {
				broken++
				fmt.Print(text(output[key]))
			}
			if e.Action != "skip" {
				fmt.Printf("%-5s %7.1fs  %s\n", e.Action, e.Elapsed, strings.TrimPrefix(e.Package, "github.com/deskhand/deskhand/"))
			}
			continue
		}
		switch e.Action {
		case "pass":
			passed++
		case "fail":
			failed++
			fmt.Print(text(output[key]))
		case "skip":
			skipped++
			fmt.Printf("skip            %s: %s\n", e.Test, reason(text(output[key])))
		}
		delete(output, key)
	}
	if err := in.Err(); err != nil {
		fmt.Println("testsum:", err)
		return 1
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || broken > 0 || passed == 0 {
		return 1
	}
	return 0
}

// reason is what a skipped test said last, without place and noise.
func reason(out string) string {
	said := ""
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = line
		}
	}
	if _, words, ok := strings.Cut(said, ": "); ok {
		return words
	}
	return said
}

func text(b *strings.Builder) string {
	if b == nil {
		return ""
	}
	return b.String()
}
