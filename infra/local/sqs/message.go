package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Message is a received message.
type Message struct {
	MessageID              string                      `json:"MessageId"`
	ReceiptHandle          string                      `json:"ReceiptHandle"`
	Body                   string                      `json:"Body"`
	MD5OfBody              string                      `json:"MD5OfBody"`
	MD5OfMessageAttributes string                      `json:"MD5OfMessageAttributes,omitempty"`
	Attributes             map[string]string           `json:"Attributes,omitempty"` // ApproximateReceiveCount, SentTimestamp, …
	MessageAttributes      map[string]MessageAttribute `json:"MessageAttributes,omitempty"`
}

// MessageAttribute is one attribute that the sender gave. DataType is String, Number
// or Binary, each with an optional .label.
type MessageAttribute struct {
	DataType    string `json:"DataType"`
	StringValue string `json:"StringValue,omitempty"`
	BinaryValue []byte `json:"BinaryValue,omitempty"`
}

// outgoing is a message to be stored.
type outgoing struct {
	Body       string
	Attributes map[string]MessageAttribute
	Delay      time.Duration
	Trace      string // AWSTraceHeader
	SenderID   string
	delaySet   bool
}

// content is what is stored of a message once and for all.
type content struct {
	ID         string                      `json:"id"`
	Body       string                      `json:"body"`
	Attributes map[string]MessageAttribute `json:"attributes,omitempty"`
	Trace      string                      `json:"trace,omitempty"`
	SenderID   string                      `json:"sender,omitempty"`
	DeadFrom   string                      `json:"deadFrom,omitempty"` // ARN of the queue it failed in
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// check refuses what SQS refuses of a message.
func (o *outgoing) check(limit int) error {
	if o.Body == "" {
		return errMissing("MessageBody")
	}
	size := len(o.Body)
	if len(o.Attributes) > MaxAttributes {
		return errParameter(fmt.Sprintf("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(o.Attributes), MaxAttributes))
	}
	for name, a := range o.Attributes {
		low := strings.ToLower(name)
		if len(name) > 256 || !attributeName.MatchString(name) || strings.HasPrefix(low, "aws.") || strings.HasPrefix(low, "amazon.") {
			return errParameter(fmt.Sprintf("The message attribute name '%s' is invalid.", name))
		}
		switch kind, _, _ := strings.Cut(a.DataType, "."); kind {
		case "String", "Number":
			if a.StringValue == "" {
				return errParameter(fmt.Sprintf("The message attribute '%s' must contain a non-empty string value.", name))
			}
		case "Binary":
			if len(a.BinaryValue) == 0 {
				return errParameter(fmt.Sprintf("The message attribute '%s' must contain a non-empty binary value.", name))
			}
		default:
			return errParameter(fmt.Sprintf("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name))
		}
		size += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	for _, r := range o.Body {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return &failure{kind: "InvalidMessageContents", query: "InvalidMessageContents",
				text: "Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"}
		}
	}
	if size > limit {
		return errParameter(fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit))
	}
	return nil
}

func (o *outgoing) size() int {
	n := len(o.Body)
	for name, a := range o.Attributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

func digest(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

// digestAttributes is MD5OfMessageAttributes; empty without attributes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
func digestAttributes(attributes map[string]MessageAttribute) string {
	if len(attributes) == 0 {
		return ""
	}
	names := make([]string, 0, len(attributes))
	for n := range attributes {
		names = append(names, n)
	}
	sort.Strings(names)
	h := md5.New()
	for _, n := range names {
		a := attributes[n]
		digestPart(h, []byte(n))
		digestPart(h, []byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			h.Write([]byte{2})
			digestPart(h, a.BinaryValue)
		} else {
			h.Write([]byte{1})
			digestPart(h, []byte(a.StringValue))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digestPart(h hash.Hash, b []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(b)))
	h.Write(n[:])
	h.Write(b)
}
