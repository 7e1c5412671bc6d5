// Package infra_test keeps the tree as the architecture draws it: who may import whom,
// who may know AWS, names that say nothing, files that grow, packages without a comment.
package infra_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/deskhand/deskhand/"

// edges is the table of allowed imports below shared/. A package may import those of its
// line and nothing else of the project; packages stand after those they import, so the
// arrows only go up the page. A new package, or a new edge, is a line here, in the same
// change. functions/ may import all of shared/, and infra/ everything; nobody imports
// functions/, and only tests below shared/ and functions/ import infra/.
var edges = []struct{ pkg, may string }{
	// words and small nouns
	{"fault", ""},
	{"id", ""},
	{"clock", ""},
	{"hours", ""},
	{"audit", ""},
	{"trail", ""},
	{"metric", ""},
	{"event", ""},
	{"run", ""},
	{"gallery", ""},
	{"failing", "fault"},
	{"workflow", "failing"},
	// languages
	{"jsonata", ""},
	{"asl", "jsonata"},
	{"interp", "asl jsonata"},
	{"condition", "hours workflow"},
	{"template", "condition workflow"},
	{"schedule", "hours"},
	{"cycle", "condition workflow"},
	{"cost", "run workflow"},
	{"check", "condition hours schedule template workflow"},
	{"compile", "asl condition template workflow"},
	// the desk
	{"desk", "event failing fault hours"},
	{"mail", ""},
	{"match", "condition event hours id run workflow"},
	{"approval", "event fault trail"},
	{"inbound", "desk event fault mail"},
	{"outbox", "desk fault inbound mail"},
	{"feedback", "desk fault inbound mail"},
	{"ai", "fault"},
	{"fetch", "fault"},
	{"launch", "event fault id run trail workflow"},
	{"action", "ai approval condition desk event failing fault fetch id launch mail match metric outbox run trail workflow"},
	{"dryrun", "compile condition desk event fault hours interp match run workflow"},
	// technologies
	{"ai/bedrock", "ai fault"},
	{"ai/openai", "ai fault"},
	{"mail/ses", "action fault mail metric"},
	{"schedule/scheduler", "fault schedule"},
	{"blob", "fault"},
	{"bus", "event"},
	{"engine", "fault run"},
	{"store", "approval audit desk event failing fault id run workflow"},
	// what the functions do
	{"erase", "audit desk engine event fault id run workflow"},
	{"record", "approval audit compile desk engine failing fault id run trail workflow"},
	{"publish", "asl check compile cost cycle desk engine event fault run schedule workflow"},
	{"lambdahttp", ""},
	{"host", "blob clock engine fault id metric store trail"},
	{"rest", "action approval audit compile cost desk dryrun engine erase event failing fault gallery id inbound lambdahttp launch mail match outbox publish record run store trail workflow"},
}

// foreign says where modules of others may be imported, tests of the same folders
// included; the first prefix of the import counts.
var foreign = []struct{ prefix, where string }{
	{"github.com/aws/aws-sdk-go-v2", "shared/store shared/engine shared/bus shared/blob shared/host shared/mail/ses shared/ai/bedrock shared/schedule/scheduler functions infra"},
	{"github.com/aws/smithy-go", "shared/store shared/host shared/engine infra"},
	{"github.com/aws/aws-lambda-go", "shared/lambdahttp shared/host functions infra/bench infra/local"},
	{"github.com/dlclark/regexp2", "shared/jsonata"},
	{"github.com/oklog/ulid", "shared/id"},
	{"github.com/jhillyerd/enmime", "shared/mail infra/local/ses"},
	{"github.com/microcosm-cc/bluemonday", "shared/mail"},
	{"github.com/yuin/goldmark", "shared/mail"},
	{"golang.org/x/", "shared/mail shared/fetch infra/local"},
	{"go.etcd.io/bbolt", "infra/local"},
	{"github.com/emersion/go-smtp", "infra/local"},
	{"github.com/golang-jwt/jwt", "infra/local"},
	{"go.yaml.in/yaml", "infra shared/store"},
	{"github.com/google/go-cmp", "shared functions infra"},
}

// inTests may be imported by every test: a test talks to the stand-ins through the SDK
// and reads template.yaml.
var inTests = []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go", "go.yaml.in/yaml"}

// pure packages reach neither the network nor the disk.
var pure = strings.Fields("workflow condition template check asl jsonata compile interp event match run approval cost cycle hours schedule mail desk dryrun audit")

// nothing says nothing about what is in it.
var nothing = strings.Fields("util utils common types helpers helper models mocks mock misc lib base shared")

const maxLines = 500

var whyLong = regexp.MustCompile(`(?i)//.*\b(one|long|whole|single|together|kept)\b.*\bfile\b|//.*\bfile\b.*\b(long|one|whole|because|together)\b`)

type source struct {
	path, dir string // below the root, with slashes
	file      *ast.File
	test      bool
	lines     int
	text      string
}

func sources(tb testing.TB) []source {
	tb.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		tb.Fatal(err)
	}
	var out []source
	for _, top := range []string{"shared", "functions", "infra"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name := d.Name()
			if d.IsDir() {
				if name == "node_modules" || name == "testdata" || name == "dist" || strings.HasPrefix(name, ".") {
					return fs.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(name, ".go") {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly|parser.ParseComments)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			out = append(out, source{path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), file: f, test: strings.HasSuffix(name, "_test.go"),
				lines: strings.Count(string(text), "\n"), text: string(text)})
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	if len(out) < 100 {
		tb.Fatalf("only %d files found below %s", len(out), root)
	}
	return out
}

func (s source) imports() (out []string) {
	for _, i := range s.file.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

func below(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }

func TestTableGoesOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range edges {
		for _, to := range strings.Fields(e.may) {
			if !seen[to] {
				t.Errorf("%s may import %s, which does not stand above it", e.pkg, to)
			}
		}
		if seen[e.pkg] {
			t.Errorf("%s stands twice in the table", e.pkg)
		}
		seen[e.pkg] = true
	}
}

func TestEdges(t *testing.T) {
	may := map[string][]string{}
	for _, e := range edges {
		may[e.pkg] = strings.Fields(e.may)
	}
	there := map[string]bool{}
	for _, s := range sources(t) {
		pkg, shared := strings.CutPrefix(s.dir, "shared/")
		if shared && !s.test {
			there[pkg] = true
			if _, ok := may[pkg]; !ok {
				t.Errorf("shared/%s is not in the table of infra/imports_test.go: give it a line that says what it may import", pkg)
				may[pkg] = nil
			}
		}
		for _, path := range s.imports() {
			to, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			if below(to, "functions") && !below(s.dir, to) {
				t.Errorf("%s imports %s: nobody imports a function", s.path, to)
			}
			if s.test {
				continue
			}
			if below(to, "infra") && !below(s.dir, "infra") {
				t.Errorf("%s imports %s: only tests do", s.path, to)
			}
			if other, ok := strings.CutPrefix(to, "shared/"); shared && ok && !slices.Contains(may[pkg], other) {
				t.Errorf("%s imports shared/%s, and the table of infra/imports_test.go does not allow it", s.path, other)
			}
		}
	}
	for _, e := range edges {
		if !there[e.pkg] {
			t.Logf("shared/%s is in the table, and not in the tree", e.pkg)
		}
	}
}

func TestForeign(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range s.imports() {
			if !strings.Contains(strings.Split(path, "/")[0], ".") || strings.HasPrefix(path, module) {
				continue
			}
			rule := slices.IndexFunc(foreign, func(f struct{ prefix, where string }) bool { return strings.HasPrefix(path, f.prefix) })
			if rule < 0 {
				t.Errorf("%s imports %s: a new dependency has a decision in infra/adr and a line in infra/imports_test.go", s.path, path)
				continue
			}
			allowed := slices.ContainsFunc(strings.Fields(foreign[rule].where), func(folder string) bool { return below(s.dir, folder) })
			if s.test && slices.Contains(inTests, foreign[rule].prefix) {
				allowed = true
			}
			if !allowed {
				t.Errorf("%s imports %s: only %s may", s.path, path, foreign[rule].where)
			}
		}
	}
}

func TestPure(t *testing.T) {
	reach := regexp.MustCompile(`^(net|net/http|os|os/.*|database/.*|syscall|plugin)$`)
	for _, s := range sources(t) {
		pkg, shared := strings.CutPrefix(s.dir, "shared/")
		if !shared || s.test || !slices.Contains(pure, pkg) {
			continue
		}
		for _, path := range s.imports() {
			if reach.MatchString(path) {
				t.Errorf("%s imports %s: shared/%s is pure", s.path, path, pkg)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, s := range sources(t) {
		name := strings.TrimSuffix(s.file.Name.Name, "_test")
		if slices.Contains(nothing, name) || s.dir != "shared" && slices.Contains(nothing, filepath.Base(s.dir)) {
			t.Errorf("%s: package %s says nothing about what is in it", s.path, name)
		}
	}
}

func TestLength(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > maxLines && !whyLong.MatchString(s.text) {
			t.Errorf("%s has %d lines: split it at %d, or say in a comment why it is one file", s.path, s.lines, maxLines)
		}
	}
}

func TestPackageComments(t *testing.T) {
	said, files := map[string]bool{}, map[string]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		files[s.dir] = s.path
		if doc := s.file.Doc.Text(); strings.HasPrefix(doc, "Package "+s.file.Name.Name+" ") || s.file.Name.Name == "main" && strings.HasPrefix(doc, "Command ") {
			said[s.dir] = true
		}
	}
	for dir, path := range files {
		if !said[dir] {
			t.Errorf("%s: no file begins with a comment \"Package …\" (or \"Command …\"); see %s", dir, path)
		}
	}
}
