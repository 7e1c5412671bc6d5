package main_test

import (
	"net/http"
	"net/smtp"
	"net/url"
	"strings"
	"testing"
)

// classic calls SES's first API on the local stack.
func classic(t *testing.T, action string, params url.Values) {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2010-12-01"}}
	for k, v := range params {
		form[k] = v
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, begin(t).AWSURL+"/", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=someone/20260301/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", action, res.Status)
	}
}

func TestActivateRuleSet(t *testing.T) {
	write := func() error {
		return smtp.SendMail(begin(t).SMTPAddr, nil, "ann@example.org", []string{"help@parcels.example"}, []byte("Subject: hello\r\n\r\nhello\r\n"))
	}
	out, code := operate(t, "activate-rule-set")
	says(t, out, code, 0, `deskhand is the active receipt rule set already`, `rule deskhand, for every verified domain`)

	classic(t, "CreateReceiptRuleSet", url.Values{"RuleSetName": {"marketing"}})
	classic(t, "SetActiveReceiptRuleSet", url.Values{"RuleSetName": {"marketing"}})
	if err := write(); err == nil || !strings.HasPrefix(err.Error(), "550") {
		t.Errorf("mail while another rule set is active: %v", err)
	}
	out, code = operate(t, "activate-rule-set")
	says(t, out, code, 0, `Receipt rule set of the stack: deskhand`, `WARNING: marketing is active now, for the whole account`, `ReceiptRuleSetName=marketing`, `Dry run: nothing was changed`)
	out, code = operate(t, "sandbox")
	says(t, out, code, 0, `receipt rule set "marketing" is active, the stack's is deskhand`, `make activate-rule-set`)
	out, code = operate(t, "smoke")
	says(t, out, code, 0, `skipped mail: the receipt rule set deskhand is not active`)
	out, code = operate(t, "activate-rule-set", "YES=1")
	says(t, out, code, 0, `WARNING: marketing is active now`, `deskhand is active.`)
	if err := write(); err != nil {
		t.Errorf("mail after the rule set was activated: %v", err)
	}

	classic(t, "SetActiveReceiptRuleSet", nil)
	out, code = operate(t, "activate-rule-set", "YES=1")
	says(t, out, code, 0, `No receipt rule set is active now`, `deskhand is active.`)
	idle(t)
}

func TestSandbox(t *testing.T) {
	for _, identity := range []string{"parcels.example", "later.example"} {
		identify(t, identity)
	}
	out, code := operate(t, "sandbox")
	says(t, out, code, 0, `in the SANDBOX`, `may send 50000 mails in 24 hours, 14 a second`, `identity parcels.example: verification success, DKIM success`, `identity later.example: verification pending, DKIM pending`,
		`mail in: the stack's receipt rule set deskhand is active`, `1. Ask for production access`, `2. DKIM of later.example is pending`)
}
