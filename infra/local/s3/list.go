package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

type listed struct {
	Key, LastModified, ETag string
	Size                    int64
	StorageClass            string
}

type group struct{ Prefix string }

type listing struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	XMLNS                 string   `xml:"xmlns,attr"`
	Name, Prefix          string
	Delimiter             string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	MaxKeys               int
	KeyCount              int
	IsTruncated           bool
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	Marker                string `xml:",omitempty"`
	NextMarker            string `xml:",omitempty"`
	Contents              []listed
	CommonPrefixes        []group
}

// list is ListObjectsV2, and ListObjects without list-type=2.
func (s *Service) list(q *request) error {
	prefix, delimiter := q.q.Get("prefix"), q.q.Get("delimiter")
	if err := q.Allow("s3:ListBucket", q.bucketARN(), map[string]string{"s3:prefix": prefix, "s3:delimiter": delimiter}); err != nil {
		return err
	}
	if !s.has(q.bucket) {
		return noBucket(q.bucket)
	}
	out := listing{XMLNS: namespace, Name: q.bucket, Prefix: prefix, Delimiter: delimiter, MaxKeys: MaxListing,
		EncodingType: q.q.Get("encoding-type"), StartAfter: q.q.Get("start-after"), ContinuationToken: q.q.Get("continuation-token")}
	if v := q.q.Get("max-keys"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return bad("InvalidArgument", "Argument max-keys must be an integer between 0 and 2147483647")
		}
		out.MaxKeys = min(n, MaxListing)
	}
	after := out.StartAfter
	second := q.q.Get("list-type") == "2"
	if !second {
		out.Marker = q.q.Get("marker")
		after = out.Marker
	}
	if out.ContinuationToken != "" {
		raw, err := base64.URLEncoding.DecodeString(out.ContinuationToken)
		if err != nil {
			return bad("InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(raw)
	}
	last, err := s.page(q.bucket, after, &out)
	if err != nil {
		return err
	}
	out.KeyCount = len(out.Contents) + len(out.CommonPrefixes)
	if out.IsTruncated && second {
		out.NextContinuationToken = base64.URLEncoding.EncodeToString([]byte(last))
	} else if out.IsTruncated {
		out.NextMarker = last
	}
	if out.EncodingType == "url" {
		out.encode()
	}
	writeXML(q.w, http.StatusOK, out)
	return nil
}

// page fills in one page of what comes after the given key or common prefix.
func (s *Service) page(bucket, after string, out *listing) (last string, err error) {
	err = s.cfg.DB.View(func(tx *bbolt.Tx) error {
		index, _ := buckets(tx, bucket)
		c := index.Cursor()
		from := []byte(max(out.Prefix, after))
		for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, []byte(out.Prefix)); {
			key := string(k)
			common := ""
			if out.Delimiter != "" {
				if i := strings.Index(key[len(out.Prefix):], out.Delimiter); i >= 0 {
					common = key[:len(out.Prefix)+i+len(out.Delimiter)]
				}
			}
			// A page may end with a common prefix: the next one must not repeat it.
			if key <= after || common != "" && common <= after {
				k, v = c.Next()
				continue
			}
			if len(out.Contents)+len(out.CommonPrefixes) == out.MaxKeys {
				out.IsTruncated = out.MaxKeys > 0
				return nil
			}
			if common != "" {
				if n := len(out.CommonPrefixes); n == 0 || out.CommonPrefixes[n-1].Prefix != common {
					out.CommonPrefixes = append(out.CommonPrefixes, group{common})
				}
				last = common
				for k != nil && strings.HasPrefix(string(k), common) {
					k, v = c.Next()
				}
				continue
			}
			var o object
			if err := json.Unmarshal(v, &o); err != nil {
				return err
			}
			out.Contents = append(out.Contents, listed{Key: key, LastModified: stamp(o.Modified), ETag: `"` + o.ETag + `"`, Size: o.Size, StorageClass: "STANDARD"})
			last = key
			k, v = c.Next()
		}
		return nil
	})
	return last, err
}

func (l *listing) encode() {
	enc := func(s *string) { *s = strings.ReplaceAll(url.QueryEscape(*s), "%2F", "/") }
	enc(&l.Prefix)
	enc(&l.Delimiter)
	enc(&l.StartAfter)
	enc(&l.Marker)
	enc(&l.NextMarker)
	for i := range l.Contents {
		enc(&l.Contents[i].Key)
	}
	for i := range l.CommonPrefixes {
		enc(&l.CommonPrefixes[i].Prefix)
	}
}

func (s *Service) listBuckets(q *request) error {
	if err := q.Allow("s3:ListAllMyBuckets", "*", nil); err != nil {
		return err
	}
	type bucket struct{ Name, CreationDate string }
	out := struct {
		XMLName xml.Name `xml:"ListAllMyBucketsResult"`
		XMLNS   string   `xml:"xmlns,attr"`
		Owner   struct{ ID string }
		Buckets struct{ Bucket []bucket }
	}{XMLNS: namespace}
	out.Owner.ID = s.cfg.Account
	for _, b := range s.cfg.Buckets {
		out.Buckets.Bucket = append(out.Buckets.Bucket, bucket{b, "2025-01-01T00:00:00.000Z"})
	}
	writeXML(q.w, http.StatusOK, out)
	return nil
}

func (s *Service) headBucket(q *request) error {
	if err := q.Allow("s3:ListBucket", q.bucketARN(), nil); err != nil {
		return err
	}
	if !s.has(q.bucket) {
		return noBucket(q.bucket)
	}
	q.w.Header().Set("x-amz-bucket-region", s.cfg.Region)
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// versioning tells what the template asks for; no versions are kept here.
func (s *Service) versioning(q *request) error {
	if err := q.Allow("s3:GetBucketVersioning", q.bucketARN(), nil); err != nil {
		return err
	}
	if !s.has(q.bucket) {
		return noBucket(q.bucket)
	}
	status := ""
	if slices.Contains(s.cfg.Versioned, q.bucket) {
		status = "Enabled"
	}
	writeXML(q.w, http.StatusOK, struct {
		XMLName xml.Name `xml:"VersioningConfiguration"`
		Status  string   `xml:",omitempty"`
	}{Status: status})
	return nil
}

func (s *Service) location(q *request) error {
	if err := q.Allow("s3:GetBucketLocation", q.bucketARN(), nil); err != nil {
		return err
	}
	if !s.has(q.bucket) {
		return noBucket(q.bucket)
	}
	region := s.cfg.Region
	if region == "us-east-1" {
		region = "" // as S3 has it
	}
	writeXML(q.w, http.StatusOK, struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		XMLNS   string   `xml:"xmlns,attr"`
		Region  string   `xml:",chardata"`
	}{XMLNS: namespace, Region: region})
	return nil
}
