// Package blob is the one S3 bucket: raw mail under inbound/, attachments under
// message/, large match records under match/.
package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/deskhand/deskhand/shared/fault"
)

// MaxGet bounds what is read into memory: a message of 40 MB and its slack.
const MaxGet = 48 << 20

// Bucket reads and writes.
type Bucket struct {
	Client *s3.Client
	Name   string
}

// Get reads an object whole; fault.NotFound when there is none.
func (b Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	out, err := b.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key)})
	var missing *types.NoSuchKey
	if errors.As(err, &missing) {
		return nil, fault.New(fault.NotFound, "there is no object %s", key)
	}
	if err != nil {
		return nil, mend(err, "get %s", key)
	}
	defer out.Body.Close()
	if n := aws.ToInt64(out.ContentLength); n > MaxGet {
		return nil, fault.New(fault.Unprocessable, "object %s has %d bytes, at most %d are read", key, n, MaxGet)
	}
	var buf bytes.Buffer
	buf.Grow(int(aws.ToInt64(out.ContentLength)) + 512)
	if _, err := io.Copy(&buf, io.LimitReader(out.Body, MaxGet+1)); err != nil {
		return nil, mend(err, "get %s", key)
	}
	return buf.Bytes(), nil
}

// mend puts words before an error, and tells a quota from all else.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func mend(err error, format string, args ...any) error {
	var api interface{ ErrorCode() string }
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "SlowDown", "ServiceUnavailable", "503 SlowDown", "RequestLimitExceeded", "ThrottlingException":
			return fault.Throttled(err, "the bucket takes no more at this rate")
		}
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// Put writes an object.
func (b Bucket) Put(ctx context.Context, key string, data []byte, contentType string) error {
	_, err := b.Client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key),
		Body: bytes.NewReader(data), ContentType: aws.String(contentType)})
	if err != nil {
		return mend(err, "put %s", key)
	}
	return nil
}

// Link is a short-lived address from which anybody who has it can read the object,
// under the given file name.
func (b Bucket) Link(ctx context.Context, key, fileName string, life time.Duration) (string, error) {
	req, err := s3.NewPresignClient(b.Client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key),
		ResponseContentDisposition: aws.String(mime.FormatMediaType("attachment", map[string]string{"filename": fileName}))}, s3.WithPresignExpires(life))
	if err != nil {
		return "", mend(err, "link to %s", key)
	}
	return req.URL, nil
}
