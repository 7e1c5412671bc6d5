package ses

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// Warnings say what keeps SES from sending mail as an address: that neither it nor its
// domain, or one above that, is verified, or that the account is still in the sandbox,
// each with what to do. None is that mail can go out.
// https://docs.aws.amazon.com/ses/latest/dg/verify-addresses-and-domains.html
func (s Sender) Warnings(ctx context.Context, address string) ([]string, error) {
	var out []string
	verified, pending, err := s.verified(ctx, address)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(address, "@")
	switch {
	case !verified && pending != "":
		out = append(out, fmt.Sprintf("SES does not send as %s yet: the identity %s waits to be verified; set the DNS records that SES shows for it (or, for an address, follow the link in the mail it sent), then save the inbox again", address, pending))
	case !verified:
		out = append(out, fmt.Sprintf("SES does not send as %s: neither it nor %s is a verified identity in %s; run aws sesv2 create-email-identity --email-identity %s, set the DNS records it answers with, then save the inbox again", address, domain, s.Region, domain))
	}
	account, err := s.Client.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return nil, fmt.Errorf("ask SES about the account: %w", err)
	}
	if !account.ProductionAccessEnabled {
		out = append(out, "the account is in the SES sandbox in "+s.Region+": mail goes to verified addresses only, and 200 a day; ask for production access on the account page of the SES console")
	} else if !account.SendingEnabled {
		out = append(out, "SES has paused sending for the account in "+s.Region+": see the account page of the SES console for why")
	}
	return out, nil
}

// verified looks at the domain, at those above it, and at the address itself: a domain's
// verification holds for what is below it. pending is an identity that is there and not
// verified.
func (s Sender) verified(ctx context.Context, address string) (verified bool, pending string, err error) {
	_, domain, _ := strings.Cut(address, "@")
	names := []string{domain}
	for rest := domain; ; {
		_, above, found := strings.Cut(rest, ".")
		if !found || !strings.Contains(above, ".") {
			break
		}
		names, rest = append(names, above), above
	}
	for _, name := range append(names, address) {
		got, err := s.Client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(name)})
		var none *types.NotFoundException
		switch {
		case errors.As(err, &none):
		case err != nil:
			return false, "", fmt.Errorf("ask SES about %s: %w", name, err)
		case got.VerifiedForSendingStatus:
			return true, "", nil
		case pending == "":
			pending = name
		}
	}
	return false, pending, nil
}
