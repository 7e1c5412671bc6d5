package lambda

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build compiles every function as `sam build` does for Go (static, no rpc), for this
// machine, into DataDir/bin. The go command's own cache makes a second build short.
// Functions that are already running keep their old binary until their processes end.
func (s *Service) Build(ctx context.Context) error {
	bin := filepath.Join(s.cfg.DataDir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("folder of the binaries: %w", err)
	}
	byName := map[string]map[string][]*function{} // binary → package → functions
	for _, f := range s.functions {
		pkg := "./" + filepath.ToSlash(filepath.Clean(f.spec.CodeURI))
		if filepath.IsAbs(f.spec.CodeURI) {
			pkg = f.spec.CodeURI
		}
		if _, err := os.Stat(filepath.Join(s.cfg.Root, filepath.FromSlash(pkg))); err != nil && !filepath.IsAbs(pkg) {
			return fmt.Errorf("function %s: its CodeUri %s is not there: %w", f.spec.LogicalID, f.spec.CodeURI, err)
		}
		name := filepath.Base(pkg)
		if byName[name] == nil {
			byName[name] = map[string][]*function{}
		}
		byName[name][pkg] = append(byName[name][pkg], f)
	}
	var together []string
	for name, pkgs := range byName {
		for pkg, users := range pkgs {
			out := filepath.Join(bin, name)
			if len(pkgs) > 1 { // two folders of one name: each gets a folder of its own
				out = filepath.Join(bin, users[0].spec.LogicalID, name)
				if err := s.compile(ctx, filepath.Dir(out), pkg); err != nil {
					return err
				}
			} else {
				together = append(together, pkg)
			}
			for _, f := range users {
				f.setBinary(out)
			}
		}
	}
	if len(together) == 0 {
		return nil
	}
	return s.compile(ctx, bin, together...)
}

func (s *Service) compile(ctx context.Context, into string, pkgs ...string) error {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	args := append([]string{"build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s", "-o", into + string(filepath.Separator)}, pkgs...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.cfg.Root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("the go command is not in PATH; it is needed to build the functions: %w", err)
	}
	return fmt.Errorf("build of the functions: %w\n%s", err, strings.TrimSpace(string(out)))
}
