package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// bucket is a client of the stack's S3, with the name of its one bucket.
func (d *desk) bucket() (*s3.Client, *string) {
	d.t.Helper()
	c := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: aws.String(d.aws), UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("me", "x", "")})
	out, err := c.ListBuckets(d.t.Context(), &s3.ListBucketsInput{})
	if err != nil || len(out.Buckets) != 1 {
		d.t.Fatal(err, out)
	}
	return c, out.Buckets[0].Name
}

// objects are those of the bucket, by key.
func (d *desk) objects() map[string][]byte {
	d.t.Helper()
	c, name := d.bucket()
	out := map[string][]byte{}
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: name})
	for pages.HasMorePages() {
		p, err := pages.NextPage(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		for _, o := range p.Contents {
			got, err := c.GetObject(d.t.Context(), &s3.GetObjectInput{Bucket: name, Key: o.Key})
			if err != nil {
				d.t.Fatal(err)
			}
			data, err := io.ReadAll(got.Body)
			got.Body.Close()
			if err != nil {
				d.t.Fatal(err)
			}
			out[*o.Key] = data
		}
	}
	return out
}

// plainly unfolds what is compressed.
func plainly(data []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return data
	}
	if whole, err := io.ReadAll(r); err == nil {
		return whole
	}
	return data
}

// traces says where in the whole table and the whole bucket one of the words is, in any
// case, compressed or encoded: "word in kind key" and "word in object key".
func (d *desk) traces(words ...string) []string {
	d.t.Helper()
	var found []string
	look := func(where string, text []byte) {
		lower := bytes.ToLower(text)
		for _, w := range words {
			if bytes.Contains(lower, []byte(strings.ToLower(w))) {
				found = append(found, w+" in "+where)
			}
		}
	}
	for _, line := range d.dump() {
		var it map[string]map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			d.t.Fatal(err)
		}
		whole := []byte(line)
		for _, v := range it {
			var packed string
			if json.Unmarshal(v["B"], &packed) == nil {
				data, _ := base64.StdEncoding.DecodeString(packed)
				whole = append(whole, plainly(data)...)
			}
		}
		name := func(attribute string) (s string) { _ = json.Unmarshal(it[attribute]["S"], &s); return s }
		look(name("kind")+" "+name("pk")+" "+name("sk"), whole)
	}
	for key, data := range d.objects() {
		look("object "+key, append([]byte(key+" "), plainly(data)...))
	}
	return found
}
