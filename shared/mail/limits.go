package mail

// Limits. Past a limit Parse cuts and notes a problem; Compose refuses.
const (
	// MaxMessageSize is what Parse reads: SES takes 40 MB in, the rest is for line ends added on the way.
	// https://docs.aws.amazon.com/ses/latest/dg/quotas.html
	MaxMessageSize = 48 << 20
	// MaxHeaderBytes is the length of the header block that is looked at.
	MaxHeaderBytes = 1 << 20
	// MaxFields is the number of header fields kept.
	MaxFields = 1000
	// MaxFieldBytes is the length of one unfolded header field kept.
	MaxFieldBytes = 64 << 10
	// MaxSubject is the length of a subject in characters, read or written.
	MaxSubject = 998
	// MaxAddresses is the number of addresses kept of each list field.
	MaxAddresses = 50
	// MaxNameLength is the length of a display name in characters.
	MaxNameLength = 200
	// MaxReferences is the number of message ids kept of References or In-Reply-To.
	MaxReferences = 100
	// MaxMessageID is the length of a message id kept: one header line (RFC 5322, 2.1.1).
	MaxMessageID = 995
	// MaxText is the length of each of Text, FullText and HTML in bytes.
	MaxText = 2 << 20
	// MaxMultiparts is the number of multipart bodies opened in one message, nested or not. More are kept whole, as
	// attachments: each level of nesting costs a pass over the bytes.
	MaxMultiparts = 32
	// MaxParts is the number of parts in one message; a multipart that would exceed it is kept whole.
	MaxParts = 1000
	// MaxAttachmentName is the length of an attachment's name in characters.
	MaxAttachmentName = 200
	// MaxProblems is the number of problems noted.
	MaxProblems = 50
	// MaxEvidence is the number of reasons kept in KindEvidence.
	MaxEvidence = 10
	// MaxBounceRecipients is the number of failed recipients kept of a bounce.
	MaxBounceRecipients = 50
	// MaxRecipients is the number of addresses Compose accepts in To and Cc together.
	// https://docs.aws.amazon.com/ses/latest/dg/quotas.html
	MaxRecipients = 50
	// MaxHeaderValue is the length of a header value written: SES v2 takes no longer one.
	// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
	MaxHeaderValue = 995
)
