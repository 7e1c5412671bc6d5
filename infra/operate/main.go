// Command operate is what an operator does with a stack, one file for each verb: see what
// it has, try it, read its logs, take care of what CloudFormation cannot (SES's active rule
// set, state machines made at run time), and keep workflows as files. The Makefile calls it:
// `make smoke STACK=desk`; settings are environment variables, so that make passes them on.
//
// It talks to AWS with the credentials and the region that the AWS CLI would use, or to
// the local stack with AWS_ENDPOINT_URL=http://127.0.0.1:4566: the same calls there and
// here. It deploys by way of SAM and changes nothing that was not asked for: whatever
// takes something away shows what it would do and wants YES=1.
//
// It refuses to guess: without STACK, credentials or a token it says which is missing and
// what to do. Exit status 1 when something failed, 2 when it was called wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// verb is one thing to do.
type verb struct {
	name, about string
	aws         bool // needs a stack
	run         func(ctx context.Context, p *place, args []string) error
}

var verbs = []verb{
	{"deploy", "build and deploy the stack, with questions the first time", false, deploy},
	{"validate", "whether template.yaml holds together, as far as that shows without an account", false, validate},
	{"outputs", "where the stack is and what it made", true, outputs},
	{"smoke", "publish a throw-away workflow, run it, check everything on the way, clean up", true, smoke},
	{"logs", "follow the functions' logs, or one id through all of them (ID=run_… or evt_…)", true, logs},
	{"purge", "delete the state machines and schedules that workflows made (YES=1)", true, purge},
	{"activate-rule-set", "make the stack's SES receipt rule set the active one (YES=1)", true, activateRuleSet},
	{"sandbox", "what SES allows: sandbox, quota, identities, DKIM, what to do next", true, sandbox},
	{"backup", "what is protected and how far back; the workflows as files (DIR=folder)", true, backup},
	{"restore", "how to restore the data, with this stack's names", true, restore},
	{"export", "workflows as JSON files (DIR=folder)", true, exportWorkflows},
	{"import", "workflows from JSON files (DIR=folder, PUBLISH=1)", true, importWorkflows},
	{"lint", "check workflow files (DIR=folder, or files)", false, lint},
	{"test", "play the examples of workflow files (DIR=folder, or files)", false, try},
	{"diff", "what differs between workflow files and the stack's desk, or between two files", false, diff},
}

// misuse is a call that cannot be carried out as it was made.
type misuse struct{ text string }

func (m misuse) Error() string { return m.text }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	var wrong misuse
	if errors.As(err, &wrong) {
		os.Exit(2)
	}
	os.Exit(1)
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return misuse{usage()}
	}
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == args[0] })
	if i < 0 {
		return misuse{fmt.Sprintf("there is no verb %q\n\n%s", args[0], usage())}
	}
	v := verbs[i]
	p := &place{verb: v.name, out: os.Stdout}
	if v.aws {
		if err := p.open(ctx); err != nil {
			return err
		}
	}
	if err := v.run(ctx, p, args[1:]); err != nil {
		return fmt.Errorf("%s: %w", v.name, p.explain(err))
	}
	return nil
}

func usage() string {
	var b strings.Builder
	b.WriteString("usage: operate <verb>, with STACK=<name of the stack>\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "\n  %-18s %s", v.name, v.about)
	}
	return b.String()
}
