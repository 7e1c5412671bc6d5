package deploy_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/iam"
)

const template = "../../template.yaml"

func load(tb testing.TB, name string, params map[string]string) *cfn.Stack {
	tb.Helper()
	s, err := cfn.Load(template, params, cfn.Env{Stack: name, Region: "eu-west-1", Account: "111122223333"})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// full switches every condition on that can be on at once.
var full = map[string]string{
	"MailDomains": "mail.harbour.example,lists.harbour.example", "SendingDomain": "harbour.example", "AdminEmail": "ines@harbour.example",
	"MachineClients": "loader,reports", "PublicUrl": "https://desk.harbour.example", "AiProvider": "bedrock", "AlarmEmail": "night@harbour.example",
	"AiModelId":      "eu.vendor.model-one-v1:0",
	"CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/3b2d6c1a-0000-4000-8000-000000000001",
}

type choice map[string]string

// product lists every combination of one of each.
func product(of ...[]choice) []choice {
	out := []choice{{}}
	for _, list := range of {
		var next []choice
		for _, a := range out {
			for _, b := range list {
				c := maps.Clone(a)
				maps.Copy(c, b)
				next = append(next, c)
			}
		}
		out = next
	}
	return out
}

func onOff(name, value string) []choice { return []choice{{}, {name: value}} }

// Conditions of different subjects never meet in one value, so that it is enough to go
// through all combinations within a subject, and to let the others change meanwhile.
func TestEveryCombinationOfConditions(t *testing.T) {
	signIn := product(onOff("OidcIssuer", "https://login.harbour.example"), onOff("AdminEmail", full["AdminEmail"]), onOff("SignInPrefix", "harbour-desk"),
		onOff("MachineClients", full["MachineClients"]),
		[]choice{{}, {"PublicUrl": full["PublicUrl"]}, {"PublicUrl": full["PublicUrl"], "CertificateArn": full["CertificateArn"]}})
	mail := product(onOff("MailDomains", full["MailDomains"]), onOff("ReceiptRuleSetName", "shared-rules"), onOff("SendingDomain", full["SendingDomain"]))
	rest := product([]choice{{}, {"AiProvider": "bedrock", "AiModelId": full["AiModelId"]},
		{"AiProvider": "bedrock", "AiModelId": "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc"},
		{"AiProvider": "openai", "AiEndpoint": "https://models.harbour.example/v1"}},
		onOff("AlarmEmail", full["AlarmEmail"]), onOff("ReservedConcurrency", "off"))
	seen := map[string]int{}
	for i, c := range signIn {
		maps.Copy(c, mail[i%len(mail)])
		maps.Copy(c, rest[(i/len(mail)+i)%len(rest)])
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			s := load(t, "harbour", c)
			if len(s.Unknown) > 0 {
				t.Errorf("%v: nothing plays %v", c, s.Unknown)
			}
			if _, err := iam.New(s); err != nil {
				t.Errorf("%v: %v", c, err)
			}
			for name, value := range s.Outputs {
				if value == "" || strings.Contains(value, "${") {
					t.Errorf("%v: output %s is %q", c, name, value)
				}
			}
			for _, f := range s.Functions() {
				for k, v := range f.Environment {
					if strings.Contains(v, "${") {
						t.Errorf("%v: %s of %s is %q", c, k, f.LogicalID, v)
					}
				}
			}
			for id := range s.Resources {
				seen[id]++
			}
			signs(t, s, c)
		})
	}
	for _, id := range []string{"UserPool", "Admin", "RuleSet", "Identity", "Domain", "AlarmSubscription"} {
		if n := seen[id]; n == 0 || n == len(signIn) {
			t.Errorf("%s is there %d times in %d: its condition does not decide", id, n, len(signIn))
		}
	}
}

// signs checks that console, API and outputs agree on who signs the tokens, and on the address.
func signs(t *testing.T, s *cfn.Stack, c choice) {
	t.Helper()
	issuer, claim, client := c["OidcIssuer"], "deskhand:role", "deskhand"
	if issuer == "" {
		issuer, claim, client = "https://cognito-idp.eu-west-1.amazonaws.com/"+s.Resources["UserPool"].Name, "cognito:groups", s.Resources["ConsoleClient"].Name
	}
	audience := []string{client}
	if c["MachineClients"] != "" {
		audience = append(audience, strings.Split(c["MachineClients"], ",")...)
	}
	for _, r := range s.HTTPAPI().Routes {
		if a := r.Authorizer; a != nil && (a.Issuer != issuer || strings.Join(a.Audience, " ") != strings.Join(audience, " ")) {
			t.Errorf("%v: route %s takes tokens of %s for %q, want %s for %q", c, r.Key, a.Issuer, a.Audience, issuer, audience)
		}
	}
	if s.Outputs["Issuer"] != issuer || s.Outputs["ConsoleClientId"] != client {
		t.Errorf("%v: outputs name %s and %s", c, s.Outputs["Issuer"], s.Outputs["ConsoleClientId"])
	}
	url := c["PublicUrl"]
	if url == "" {
		url = s.HTTPAPI().Endpoint
	}
	for _, f := range s.Functions() {
		for k, want := range map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": client, "ROLE_CLAIM": claim, "PUBLIC_URL": url} {
			if v, ok := f.Environment[k]; ok && v != want {
				t.Errorf("%v: %s of %s is %q, want %q", c, k, f.LogicalID, v, want)
			}
		}
	}
	if s.Outputs["Url"] != url {
		t.Errorf("%v: Url is %s, want %s", c, s.Outputs["Url"], url)
	}
}

// What cannot work is refused before anything is made, with what is missing.
func TestParametersThatCannotWork(t *testing.T) {
	for want, params := range map[string]choice{
		"PublicUrl must be given too":   {"CertificateArn": full["CertificateArn"]},
		"needs AiModelId":               {"AiProvider": "bedrock"},
		"needs AiEndpoint":              {"AiProvider": "openai"},
		"parameter PublicUrl":           {"PublicUrl": "https://desk.harbour.example/"},
		"parameter OidcIssuer":          {"OidcIssuer": "login.harbour.example"},
		"parameter SignInPrefix":        {"SignInPrefix": "Harbour"},
		"parameter LogRetentionDays":    {"LogRetentionDays": "31"},
		"parameter CertificateArn":      {"CertificateArn": "arn:aws:iam::111122223333:server-certificate/x", "PublicUrl": full["PublicUrl"]},
		"parameter AlarmEmail":          {"AlarmEmail": "night"},
		"parameter ReceiptRuleSetName":  {"ReceiptRuleSetName": "my rules"},
		"parameter ReservedConcurrency": {"ReservedConcurrency": "yes"},
	} {
		if _, err := cfn.Load(template, params, cfn.Env{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", params, err, want)
		}
	}
}

// A model that is chosen is the only one that may be called, and none when AI is off.
func TestModelPermission(t *testing.T) {
	const profile = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc"
	for name, c := range map[string]struct {
		params choice
		want   []string
	}{
		"off":    {choice{}, nil},
		"openai": {choice{"AiProvider": "openai", "AiEndpoint": "https://models.harbour.example"}, nil},
		"id": {choice{"AiProvider": "bedrock", "AiModelId": "vendor.model-one-v1:0"}, []string{"arn:aws:bedrock:*::foundation-model/vendor.model-one-v1:0",
			"arn:aws:bedrock:*:111122223333:inference-profile/vendor.model-one-v1:0", "arn:aws:bedrock:*::foundation-model/*"}},
		"arn": {choice{"AiProvider": "bedrock", "AiModelId": profile}, []string{profile, "arn:aws:bedrock:*::foundation-model/*"}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := iam.New(load(t, "harbour", c.params))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range a.Usage() {
				if strings.HasPrefix(g.Action, "bedrock:") {
					got = append(got, fmt.Sprint(g.Resources))
				}
			}
			if want := c.want; len(want) == 0 && len(got) > 0 || len(want) > 0 && (len(got) != 2 || got[0] != fmt.Sprint(want[:len(want)-1]) || got[1] != fmt.Sprint(want[len(want)-1:])) {
				t.Errorf("granted %v, want %v", got, want)
			}
		})
	}
}
