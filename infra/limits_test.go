package infra_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLimits holds the table of limits against the constants that it names.
func TestLimits(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| (.+) \\| ([0-9][0-9,]*)((?: [A-Za-z]+)?)([^|]*) \\| `([a-z/]+)` `(\\w+)` \\|$")
	rows := row.FindAllStringSubmatch(text(t, "infra/operate/limits.md"), -1)
	if lines := strings.Count(text(t, "infra/operate/limits.md"), "\n| "); len(rows) != lines-1 || len(rows) < 20 {
		t.Fatalf("%d rows can be read, of %d", len(rows), lines-1)
	}
	units := map[string]int64{"KB": 1 << 10, "MB": 1 << 20, "s": int64(time.Second), "minutes": int64(time.Minute), "days": 24 * int64(time.Hour)}
	for _, r := range rows {
		t.Run(r[5]+" "+r[6], func(t *testing.T) {
			said, err := strconv.ParseInt(strings.ReplaceAll(r[2], ",", ""), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if unit := units[strings.TrimSpace(r[3])]; unit != 0 {
				said *= unit
			}
			if is := constantOf(t, filepath.Join("..", r[5]), r[6]); is != said {
				t.Errorf("%s: the text says %s%s, the code %d", r[1], r[2], r[3], is)
			}
		})
	}
}

// constantOf reads a constant's value from the source, also one that is not exported.
func constantOf(t *testing.T, dir, name string) int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, n := range v.Names {
					if n.Name == name && i < len(v.Values) {
						value, err := evaluate(v.Values[i])
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						return value
					}
				}
			}
		}
	}
	t.Fatalf("%s has no constant %s", dir, name)
	return 0
}

// evaluate computes the forms that limits are written in: 200, 48 << 20, 15 * time.Minute.
func evaluate(e ast.Expr) (int64, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strconv.ParseInt(strings.ReplaceAll(e.Value, "_", ""), 0, 64)
	case *ast.SelectorExpr:
		if d, ok := map[string]time.Duration{"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}[e.Sel.Name]; ok {
			return int64(d), nil
		}
	case *ast.BinaryExpr:
		x, err := evaluate(e.X)
		if err != nil {
			return 0, err
		}
		y, err := evaluate(e.Y)
		if err != nil {
			return 0, err
		}
		switch e.Op {
		case token.SHL:
			return x << y, nil
		case token.MUL:
			return x * y, nil
		}
	}
	return 0, fmt.Errorf("%T is not understood here", e)
}
