package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/iam"
)

const (
	templateFile = "template.yaml"
	samConfig    = "samconfig.toml"
)

// deploy builds the functions and hands them to SAM. The first time of a stack SAM asks
// for the parameters and keeps the answers in samconfig.toml, under the stack's name. On
// the local stack nothing is deployed: it plays the template that it was started with, and
// deploy says whether that is the one here.
func deploy(ctx context.Context, p *place, _ []string) error {
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := validTemplate(); err != nil {
		return err
	}
	if p.local {
		return p.plays(ctx)
	}
	sam, err := samCommand()
	if err != nil {
		return err
	}
	if err := p.command(ctx, setting("MAKE", "make"), "--no-print-directory", "build"); err != nil {
		return err
	}
	args := []string{"deploy", "--config-env", p.stack, "--stack-name", p.stack, "--region", p.aws.Region, "--capabilities", "CAPABILITY_IAM", "--resolve-s3"}
	switch known, err := configured(p.stack); {
	case err != nil:
		return err
	case !known:
		p.say("The first deployment of %s: SAM asks for each parameter; infra/operate/deploy.md says what to answer.", p.stack)
		args = append(args, "--guided")
	default:
		args = append(args, "--no-fail-on-empty-changeset")
		if on("YES") {
			args = append(args, "--no-confirm-changeset")
		}
	}
	if err := p.command(ctx, sam, args...); err != nil {
		return err
	}
	if err := outputs(ctx, p, nil); err != nil {
		return err
	}
	p.say("\nNext: make sandbox STACK=%[1]s (may SES send?), make activate-rule-set STACK=%[1]s (mail in), make smoke STACK=%[1]s (does it all work?)", p.stack)
	return nil
}

// command runs a program at this terminal.
func (p *place) command(ctx context.Context, name string, args ...string) error {
	p.say("$ %s %s", name, strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, p.out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(name), args[0], err)
	}
	return nil
}

// samCommand is SAM, as `make tools` installs it or as the PATH has it.
func samCommand() (string, error) {
	for _, name := range []string{os.Getenv("SAM"), filepath.Join(".venv", "bin", "sam"), "sam"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("SAM is not installed: make tools (needs Python 3), or put sam in the PATH")
}

// configured tells whether SAM has the answers for the stack.
func configured(stack string) (bool, error) {
	text, err := os.ReadFile(samConfig)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return regexp.MustCompile(`(?m)^\[` + regexp.QuoteMeta(stack) + `\.deploy\.parameters\]`).Match(text), err
}

// plays compares the local stack's template with the one here.
func (p *place) plays(ctx context.Context) error {
	if _, err := p.describe(ctx); err != nil {
		return err
	}
	var out struct{ TemplateBody string }
	if err := p.query(ctx, cloudFormation, "GetTemplate", url.Values{"StackName": {p.stack}}, &out); err != nil {
		return err
	}
	here, err := os.ReadFile(templateFile)
	if err != nil {
		return err
	}
	if !bytes.Equal(bytes.TrimSpace(here), []byte(strings.TrimSpace(out.TemplateBody))) {
		return fmt.Errorf("the local stack at %s was started with another %s than the one here: stop it and `make run` again; its data stays", p.endpoint, templateFile)
	}
	p.say("The local stack plays this %s; code that has changed is built when it starts: `make run` again takes it up.", templateFile)
	return outputs(ctx, p, nil)
}

// validate checks the template as far as that goes without an account: every reference
// resolves, nothing depends on itself, every policy names actions and resources that go
// together. `make validate` has cfn-lint and SAM look at it too.
func validate(_ context.Context, p *place, _ []string) error {
	if err := validTemplate(); err != nil {
		return err
	}
	p.say("%s: references, conditions, cycles and policies are in order", templateFile)
	return nil
}

func validTemplate() error {
	s, err := cfn.Load(templateFile, nil, cfn.Env{})
	if err != nil {
		return err
	}
	authority, err := iam.New(s)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range authority.Lint() {
		if f.Problem != iam.StarResource && f.Problem != iam.OnlyStar { // some of those are right: infra/local/iam/lint_test.go
			errs = append(errs, errors.New(f.String()))
		}
	}
	return errors.Join(errs...)
}
