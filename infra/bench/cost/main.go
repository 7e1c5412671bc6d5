// Command cost prints what a desk costs in a month and which quota holds it up first, at
// 1, 100 and 10,000 mails a minute, with the arithmetic.
//
//	go run ./infra/bench/cost [-rates 1,100,10000] [-desk infra/bench/cost/desk.json] [-template template.yaml]
//
// What a mail and a run take was counted (../counts), and stands with the prices in
// shared/cost. What kind of desk it is says desk.json, the quotas quotas.json. It calls
// nothing and measures nothing.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/shared/cost"
)

//go:embed desk.json
var deskFile []byte

//go:embed quotas.json
var quotasFile []byte

func main() {
	rates := flag.String("rates", "1,100,10000", "mails a minute, separated by commas")
	desk := flag.String("desk", "", "another desk.json")
	template := flag.String("template", "template.yaml", "path of template.yaml, of which alarms and dashboards are counted")
	flag.Parse()
	if err := run(os.Stdout, *rates, *desk, *template); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, rates, deskPath, template string) error {
	d, err := readDesk(deskPath)
	if err != nil {
		return err
	}
	source, err := os.ReadFile(template)
	if err != nil {
		return err
	}
	d.alarms = strings.Count(string(source), "Type: AWS::CloudWatch::Alarm")
	d.dashboards = strings.Count(string(source), "Type: AWS::CloudWatch::Dashboard")
	var all []month
	for _, text := range strings.Split(rates, ",") {
		rate, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || rate <= 0 {
			return fmt.Errorf("-rates: %q is no number of mails a minute", text)
		}
		m, err := d.month(rate)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	var q quotas
	if err := decode(quotasFile, &q); err != nil {
		return fmt.Errorf("quotas.json: %w", err)
	}
	head(w, d)
	money(w, all)
	arithmetic(w, all)
	held(w, q, all)
	return nil
}

// desk is what kind of desk it is.
type desk struct {
	Note               string             `json:"note"`
	RunsPerMail        map[string]float64 `json:"runsPerMail"`
	ModelCallsPerRun   map[string]float64 `json:"modelCallsPerRun"`
	RawKB              float64            `json:"rawKB"`
	TableKB            float64            `json:"tableKB"`
	KeptMonths         float64            `json:"keptMonths"`
	ApprovalHours      float64            `json:"approvalHours"`
	LogKBPerCall       float64            `json:"logKBPerInvocation"`
	CustomMetrics      float64            `json:"customMetrics"`
	PagesPerMail       float64            `json:"pagesPerMail"`
	Notes              map[string]string  `json:"notes"`
	alarms, dashboards int
}

func readDesk(path string) (d desk, err error) {
	data := deskFile
	if path != "" {
		if data, err = os.ReadFile(path); err != nil {
			return d, err
		}
	}
	if err := decode(data, &d); err != nil {
		return d, fmt.Errorf("desk: %w", err)
	}
	for id := range d.RunsPerMail {
		if _, ok := cost.Count().Flows[id]; !ok {
			return d, fmt.Errorf("desk: runsPerMail: no run of %q was counted: name a workflow of the gallery", id)
		}
	}
	return d, nil
}

func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}
