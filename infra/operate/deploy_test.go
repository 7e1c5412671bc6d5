package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeploy has what it would run in an account written down; CloudFormation is the local
// stack's.
func TestDeploy(t *testing.T) {
	s := begin(t)
	dir := t.TempDir()
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	ran := filepath.Join(dir, "ran")
	for name, text := range map[string]string{"template.yaml": string(template), "tool": fmt.Sprintf("#!/bin/sh\necho \"$*\" >> %s\n[ ! -e %s/broken ]\n", ran, dir)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	deploy := func(settings ...string) (out string, code int, lines []string) {
		t.Helper()
		_ = os.Remove(ran)
		cmd := command(t, "deploy", append([]string{"AWS_ENDPOINT_URL=", "AWS_ENDPOINT_URL_CLOUDFORMATION=" + s.AWSURL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=someone",
			"AWS_SECRET_ACCESS_KEY=secret", "SAM=" + filepath.Join(dir, "tool"), "MAKE=" + filepath.Join(dir, "tool")}, settings...)...)
		cmd.Dir = dir
		text, _ := cmd.CombinedOutput()
		done, _ := os.ReadFile(ran)
		return string(text), cmd.ProcessState.ExitCode(), strings.Split(strings.TrimSpace(string(done)), "\n")
	}
	const always = "deploy --config-env deskhand --stack-name deskhand --region us-east-1 --capabilities CAPABILITY_IAM --resolve-s3"
	check := func(t *testing.T, lines []string, last string) {
		t.Helper()
		if len(lines) != 2 || lines[0] != "--no-print-directory build" || lines[1] != always+" "+last {
			t.Errorf("it ran %q", lines)
		}
	}
	t.Run("the first time SAM asks", func(t *testing.T) {
		out, code, lines := deploy()
		says(t, out, code, 0, `The first deployment of deskhand`, `\(Url\)`, `make smoke STACK=deskhand`)
		check(t, lines, "--guided")
	})
	if err := os.WriteFile(filepath.Join(dir, "samconfig.toml"), []byte("[deskhand.deploy.parameters]\nstack_name = \"deskhand\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("then it has the answers", func(t *testing.T) {
		out, code, lines := deploy()
		says(t, out, code, 0, `Next: make sandbox`)
		check(t, lines, "--no-fail-on-empty-changeset")
	})
	t.Run("without a question", func(t *testing.T) {
		_, _, lines := deploy("YES=1")
		check(t, lines, "--no-fail-on-empty-changeset --no-confirm-changeset")
	})
	t.Run("another stack is asked about", func(t *testing.T) {
		_, _, lines := deploy("STACK=second")
		if len(lines) != 2 || !strings.HasSuffix(lines[1], "--stack-name second --region us-east-1 --capabilities CAPABILITY_IAM --resolve-s3 --guided") {
			t.Errorf("it ran %q", lines)
		}
	})
	t.Run("a template that does not hold together", func(t *testing.T) {
		edit(t, filepath.Join(dir, "template.yaml"), "!Ref Table", "!Ref Tabel")
		out, code, lines := deploy()
		says(t, out, code, 1, `Tabel`)
		if len(lines) != 1 || lines[0] != "" {
			t.Errorf("it ran %q", lines)
		}
		edit(t, filepath.Join(dir, "template.yaml"), "!Ref Tabel", "!Ref Table")
	})
	t.Run("a build that fails", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "broken"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		out, code, lines := deploy()
		says(t, out, code, 1, `tool --no-print-directory: exit status 1`)
		if len(lines) != 1 {
			t.Errorf("it ran %q", lines)
		}
	})
	t.Run("without SAM", func(t *testing.T) {
		out, code, _ := deploy("SAM=", "PATH="+dir)
		says(t, out, code, 1, `SAM is not installed: make tools`)
	})
}
