package rig

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	link   = regexp.MustCompile(`https?://\S+/a/[A-Za-z0-9_-]+`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// Approve opens the link of the newest mail to an approver and sends the page's form.
func (r *Rig) Approve(ctx context.Context, approver string) error {
	var mails []struct{ Text string }
	if err := r.Call(ctx, http.MethodGet, "/local/mail?to="+url.QueryEscape(approver), nil, &mails); err != nil {
		return err
	}
	if len(mails) == 0 {
		return fmt.Errorf("no mail to %s", approver)
	}
	page := link.FindString(mails[0].Text)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	shown, err := Do(q)
	if err != nil {
		return err
	}
	form := url.Values{"decision": {"approve"}}
	for _, f := range hidden.FindAllStringSubmatch(string(shown), -1) {
		form.Set(f[1], f[2])
	}
	if q, err = http.NewRequestWithContext(ctx, http.MethodPost, page, strings.NewReader(form.Encode())); err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err = Do(q)
	return err
}
