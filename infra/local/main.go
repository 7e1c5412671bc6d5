// Command local runs the whole of Deskhand on one machine: it reads template.yaml,
// plays AWS for it and runs the real functions. See README.md beside this file.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/deskhand/deskhand/infra/local/demo"
	"github.com/deskhand/deskhand/infra/local/stack"
)

func main() {
	level := slog.LevelWarn
	if os.Getenv("LOG_LEVEL") == "debug" {
		level = slog.LevelDebug
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "deskhand:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	cfg := stack.Config{Template: "template.yaml", DataDir: env("DATA_DIR", ".local"), AuthRequired: os.Getenv("AUTH") == "1",
		Unverified: strings.FieldsFunc(os.Getenv("SES_UNVERIFIED"), func(r rune) bool { return r == ',' || r == ' ' }), Sandbox: os.Getenv("SES_SANDBOX") == "1", Settling: os.Getenv("DEMO") != "0"}
	var errs []error
	for _, p := range []struct {
		name     string
		fallback string
		into     *int
	}{{"PORT", "8080", &cfg.Port}, {"SMTP_PORT", "2525", &cfg.SMTPPort}, {"AWS_PORT", "4566", &cfg.AWSPort}} {
		n, err := strconv.Atoi(env(p.name, p.fallback))
		if err != nil || n < 0 || n > 65535 {
			errs = append(errs, fmt.Errorf("%s is %q: it is a port", p.name, os.Getenv(p.name)))
		}
		*p.into = n
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Println("Building the functions and starting the stack …")
	s, err := stack.Start(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	if cfg.Settling {
		if err := demo.Make(ctx, s, cfg.DataDir); err != nil {
			return fmt.Errorf("demo desk: %w", err)
		}
		s.Settled() // whoever waits for its health finds the demo desk whole
	}
	fmt.Printf(`
Deskhand runs on this machine.

  Start here      %s/
  Mailbox, clock  %s/local/
  Mail in (SMTP)  %s
  AWS endpoint    %s

Data is in %s. Stop with Ctrl-C; everything goes on at the next start.
`, s.URL, s.URL, s.SMTPAddr, s.AWSURL, cfg.DataDir)
	<-ctx.Done()
	return nil
}

func env(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}
