package mail

// SentDomain is the domain of the Message-IDs that SES gives in a Region.
// https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
func SentDomain(region string) string {
	if region == "us-east-1" {
		return "email.amazonses.com"
	}
	return region + ".amazonses.com"
}
