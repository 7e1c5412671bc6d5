// Package ses sends composed mail through Amazon SES v2.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
package ses

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/metric"
)

// Sender sends.
type Sender struct {
	Client           *sesv2.Client
	Region           string
	ConfigurationSet string // by which SES tells what becomes of the mail
}

// Send hands over raw mail. SES replaces Message-ID and Date: the id on the wire is
// made of the one it returns and a domain of the Region's.
func (s Sender) Send(ctx context.Context, from string, to []string, raw []byte) (string, error) {
	out, err := s.Client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: aws.String(from),
		Destination:      &types.Destination{ToAddresses: to},
		Content:          &types.EmailContent{Raw: &types.RawMessage{Data: raw}},

		ConfigurationSetName: aws.String(s.ConfigurationSet),
	}, func(o *sesv2.Options) { o.Retryer = onlyRefused{o.Retryer} })
	if err == nil {
		return aws.ToString(out.MessageId) + "@" + mail.SentDomain(s.Region), nil
	}
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if !errors.As(err, &api) {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return "", &fault.Error{Code: fault.Unavailable, Message: "SES cannot be reached", Cause: err}
		}
		return "", fmt.Errorf("%w: %w", action.ErrUnknown, err)
	}
	refused := func(e *fault.Error) (string, error) {
		metric.Add(ctx, metric.SendRejected, 1)
		return "", e
	}
	switch code := api.ErrorCode(); {
	case quota(code):
		// The rate or the quota of a day; SES has dropped the mail.
		// https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
		return "", fault.Throttled(err, "SES takes no more at this rate: %s", api.ErrorMessage())
	case code == "InternalServiceErrorException" || code == "ServiceUnavailable":
		return "", &fault.Error{Code: fault.Unavailable, Message: "SES is busy: " + api.ErrorMessage(), Cause: err}
	case code == "AccessDeniedException" || code == "AccessDenied":
		return refused(&fault.Error{Code: fault.Forbidden, Name: "access_denied", Message: "SES refused: " + api.ErrorMessage(), Cause: err})
	}
	return refused(&fault.Error{Code: fault.Unprocessable, Name: "mail_refused", Message: "SES refused the mail: " + api.ErrorMessage(), Cause: err})
}

func quota(code string) bool {
	return code == "TooManyRequestsException" || code == "LimitExceededException" || code == "ThrottlingException" || code == "Throttling"
}

// onlyRefused lets the SDK try again only what SES answered: a connection that broke
// may have carried the mail, and a second try would send it twice. What a quota forbids is
// for the state to try again, which costs no running function.
type onlyRefused struct{ aws.Retryer }

// IsErrorRetryable is true for answers of SES that ask for another try.
func (r onlyRefused) IsErrorRetryable(err error) bool {
	var api interface{ ErrorCode() string }
	return errors.As(err, &api) && !quota(api.ErrorCode()) && r.Retryer.IsErrorRetryable(err)
}
