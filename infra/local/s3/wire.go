package s3

import (
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// request is one call with its bucket and key found.
type request struct {
	*awshttp.Call
	w           http.ResponseWriter
	r           *http.Request
	q           url.Values
	bucket, key string
}

// ServeAWS answers one call of the REST XML protocol.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	q := &request{Call: c, w: w, r: c.HTTP, q: c.HTTP.URL.Query()}
	q.bucket, q.key = s.address(c.HTTP)
	w.Header().Set("x-amz-request-id", "LOCAL")
	if err := s.serve(q); err != nil {
		fail(w, c.HTTP, err)
	}
}

// address finds bucket and key, for /bucket/key and for bucket.host/key.
func (s *Service) address(r *http.Request) (bucket, key string) {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	for _, b := range s.cfg.Buckets {
		if strings.HasPrefix(host, b+".") {
			return b, path
		}
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

func (q *request) objectARN() string { return "arn:aws:s3:::" + q.bucket + "/" + q.key }
func (q *request) bucketARN() string { return "arn:aws:s3:::" + q.bucket }

// Parameters of the query that name an operation which is not played here.
var subresources = []string{"acl", "accelerate", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory", "legal-hold",
	"lifecycle", "logging", "metrics", "notification", "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock",
	"replication", "requestPayment", "restore", "retention", "select", "tagging", "torrent", "uploadId", "uploads", "versions", "versionId", "website"}

func (s *Service) serve(q *request) error {
	if err := expired(q.q, time.Now()); err != nil {
		return err
	}
	for _, name := range subresources {
		if q.q.Has(name) {
			return &Error{Status: 501, Code: "NotImplemented", Message: "The local stack does not play " + q.r.Method + " ?" + name, Resource: q.r.URL.Path}
		}
	}
	method := q.r.Method
	switch {
	case q.bucket == "" && method == http.MethodGet:
		return s.listBuckets(q)
	case q.bucket == "":
	case q.key == "":
		switch {
		case method == http.MethodHead:
			return s.headBucket(q)
		case method == http.MethodGet && q.q.Has("location"):
			return s.location(q)
		case method == http.MethodGet && q.q.Has("versioning"):
			return s.versioning(q)
		case q.q.Has("versioning"):
		case method == http.MethodGet:
			return s.list(q)
		case method == http.MethodPost && q.q.Has("delete"):
			return s.deleteObjects(q)
		}
	case method == http.MethodGet || method == http.MethodHead:
		return s.getObject(q)
	case method == http.MethodPut && q.r.Header.Get("X-Amz-Copy-Source") != "":
		return s.copyObject(q)
	case method == http.MethodPut:
		return s.putObject(q)
	case method == http.MethodDelete:
		return s.deleteObject(q)
	}
	return &Error{Status: 501, Code: "NotImplemented", Message: "The local stack does not play this S3 operation: " + method, Resource: q.r.URL.Path}
}

// expired refuses presigned URLs past their time. Those are made by the functions on
// wall time, so wall time counts.
func expired(q url.Values, now time.Time) error {
	if !q.Has("X-Amz-Signature") {
		return nil
	}
	made, err := time.Parse("20060102T150405Z", q.Get("X-Amz-Date"))
	seconds, errSeconds := strconv.Atoi(q.Get("X-Amz-Expires"))
	if err != nil || errSeconds != nil || seconds < 1 || seconds > 604800 {
		return bad("AuthorizationQueryParametersError", "X-Amz-Date and X-Amz-Expires (1 to 604800) are needed")
	}
	if now.After(made.Add(time.Duration(seconds) * time.Second)) {
		return &Error{Status: 403, Code: "AccessDenied", Message: "Request has expired"}
	}
	return nil
}

// kept are the headers that come back as they were put.
var kept = []string{"Content-Type", "Content-Disposition", "Content-Encoding", "Content-Language", "Cache-Control", "Expires"}

func describe(h http.Header) (object, error) {
	o := object{Headers: map[string]string{}, Meta: map[string]string{}}
	for _, name := range kept {
		v := h.Get(name)
		if name == "Content-Encoding" {
			v = strings.Trim(strings.TrimPrefix(v, "aws-chunked"), ", ")
		}
		if v != "" {
			o.Headers[name] = v
		}
	}
	if o.Headers["Content-Type"] == "" {
		o.Headers["Content-Type"] = "binary/octet-stream"
	}
	size := 0
	for name, v := range h {
		if m, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-meta-"); ok {
			o.Meta[m] = strings.Join(v, ",")
			size += len(m) + len(o.Meta[m])
		}
	}
	if size > MaxMetadata {
		return o, bad("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
	}
	for _, name := range []string{"X-Amz-Tagging", "X-Amz-Object-Lock-Mode", "X-Amz-Website-Redirect-Location", "X-Amz-Server-Side-Encryption-Customer-Algorithm"} {
		if h.Get(name) != "" {
			return o, &Error{Status: 501, Code: "NotImplemented", Message: "The local stack does not play the header " + name}
		}
	}
	return o, nil
}

func (s *Service) putObject(q *request) error {
	if err := q.Allow("s3:PutObject", q.objectARN(), nil); err != nil {
		return err
	}
	o, err := describe(q.r.Header)
	if err != nil {
		return err
	}
	body, sums, err := payload(q.r, q.Body)
	if err != nil {
		return err
	}
	match, none := q.r.Header.Get("If-Match"), q.r.Header.Get("If-None-Match")
	allowed := func(old *object) error {
		if none == "*" && old != nil || match != "" && (old == nil || strings.Trim(match, `"`) != old.ETag) {
			return &Error{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold", Resource: q.key}
		}
		return nil
	}
	o.Checksum = sums
	if o, err = s.put(q.bucket, q.key, body, o, allowed); err != nil {
		return err
	}
	q.w.Header().Set("ETag", `"`+o.ETag+`"`)
	q.w.Header().Set("x-amz-server-side-encryption", "AES256")
	o.checksums(q.w.Header())
	q.w.WriteHeader(http.StatusOK)
	return nil
}

func (o object) checksums(h http.Header) {
	for name, v := range o.Checksum {
		h.Set(checksumHeader+name, v)
		h.Set("x-amz-checksum-type", "FULL_OBJECT")
	}
}

// hidden makes of a missing object what S3 does for a caller that may not list.
func (q *request) hidden(err error) error {
	if e, ok := err.(*Error); ok && e.Code == "NoSuchKey" {
		if denied := q.Allow("s3:ListBucket", q.bucketARN(), map[string]string{"s3:prefix": q.key}); denied != nil {
			return denied
		}
	}
	return err
}

func (s *Service) getObject(q *request) error {
	if err := q.Allow("s3:GetObject", q.objectARN(), nil); err != nil {
		return err
	}
	o, body, err := s.get(q.bucket, q.key)
	if err != nil {
		return q.hidden(err)
	}
	h := q.w.Header()
	h.Set("ETag", `"`+o.ETag+`"`)
	h.Set("Last-Modified", o.Modified.Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	h.Set("x-amz-server-side-encryption", "AES256")
	if err := condition(q.r.Header, o); err != nil {
		return err
	}
	for name, v := range o.Headers {
		h.Set(name, v)
	}
	for name, v := range o.Meta {
		h["x-amz-meta-"+name] = []string{v}
	}
	for _, name := range kept {
		if v := q.q.Get("response-" + strings.ToLower(name)); v != "" {
			h.Set(name, v)
		}
	}
	status := http.StatusOK
	if from, to, ok, err := byteRange(q.r.Header.Get("Range"), o.Size); err != nil {
		return err
	} else if ok {
		status = http.StatusPartialContent
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, o.Size))
		body = body[from:to]
	} else if q.r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		o.checksums(h)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	if q.r.Method == http.MethodGet {
		_, _ = q.w.Write(body) // the client has gone: nobody to tell
	}
	return nil
}

// condition is RFC 9110, section 13.
func condition(h http.Header, o object) error {
	tag := func(name string) bool {
		for _, t := range strings.Split(h.Get(name), ",") {
			if t = strings.Trim(strings.TrimPrefix(strings.TrimSpace(t), "W/"), `"`); t == o.ETag || t == "*" {
				return true
			}
		}
		return false
	}
	since := func(name string) (time.Time, bool) {
		t, err := http.ParseTime(h.Get(name))
		return t, err == nil
	}
	modified := o.Modified.Truncate(time.Second)
	failed := &Error{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold"}
	if h.Get("If-Match") != "" {
		if !tag("If-Match") {
			return failed
		}
	} else if t, ok := since("If-Unmodified-Since"); ok && modified.After(t) {
		return failed
	}
	if h.Get("If-None-Match") != "" {
		if tag("If-None-Match") {
			return &Error{Status: http.StatusNotModified, Code: "NotModified"}
		}
	} else if t, ok := since("If-Modified-Since"); ok && !modified.After(t) {
		return &Error{Status: http.StatusNotModified, Code: "NotModified"}
	}
	return nil
}

// byteRange reads a single range; S3 answers several with the whole object.
func byteRange(header string, size int64) (from, to int64, ok bool, err error) {
	spec, isBytes := strings.CutPrefix(header, "bytes=")
	a, b, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !isBytes || !dash || strings.Contains(spec, ",") {
		return 0, 0, false, nil
	}
	unsatisfiable := &Error{Status: 416, Code: "InvalidRange", Message: "The requested range is not satisfiable"}
	if a == "" {
		n, e := strconv.ParseInt(b, 10, 64)
		if e != nil {
			return 0, 0, false, nil
		}
		if n <= 0 || size == 0 {
			return 0, 0, false, unsatisfiable
		}
		return max(0, size-n), size, true, nil
	}
	from, e := strconv.ParseInt(a, 10, 64)
	if e != nil {
		return 0, 0, false, nil
	}
	to = size
	if b != "" {
		last, e := strconv.ParseInt(b, 10, 64)
		if e != nil || last < from {
			return 0, 0, false, nil
		}
		to = min(size, last+1)
	}
	if from >= size {
		return 0, 0, false, unsatisfiable
	}
	return from, to, true, nil
}

func (s *Service) deleteObject(q *request) error {
	if err := q.Allow("s3:DeleteObject", q.objectARN(), nil); err != nil {
		return err
	}
	if !s.has(q.bucket) {
		return noBucket(q.bucket)
	}
	if err := s.remove(q.bucket, []string{q.key}); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) deleteObjects(q *request) error {
	if !s.has(q.bucket) {
		return noBucket(q.bucket)
	}
	var in struct {
		Object []struct{ Key, VersionId string }
		Quiet  bool
	}
	body, _, err := payload(q.r, q.Body)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(body, &in); err != nil || len(in.Object) == 0 || len(in.Object) > MaxListing {
		return bad("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	type gone struct{ Key string }
	type problem struct{ Key, Code, Message string }
	out := struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Deleted []gone
		Error   []problem
	}{}
	var keys []string
	for _, o := range in.Object {
		if err := q.Allow("s3:DeleteObject", q.bucketARN()+"/"+o.Key, nil); err != nil {
			out.Error = append(out.Error, problem{o.Key, "AccessDenied", awshttp.AsError(err).Message})
			continue
		}
		keys = append(keys, o.Key)
		if !in.Quiet {
			out.Deleted = append(out.Deleted, gone{o.Key})
		}
	}
	if err := s.remove(q.bucket, keys); err != nil {
		return err
	}
	writeXML(q.w, http.StatusOK, out)
	return nil
}

func (s *Service) copyObject(q *request) error {
	source, err := url.PathUnescape(strings.TrimPrefix(q.r.Header.Get("X-Amz-Copy-Source"), "/"))
	if err != nil || strings.Contains(source, "?versionId=") {
		return bad("InvalidArgument", "x-amz-copy-source is bucket/key, URL-encoded; the local stack has no versions")
	}
	from, key, _ := strings.Cut(source, "/")
	if err := q.Allow("s3:GetObject", "arn:aws:s3:::"+source, nil); err != nil {
		return err
	}
	if err := q.Allow("s3:PutObject", q.objectARN(), nil); err != nil {
		return err
	}
	o, body, err := s.get(from, key)
	if err != nil {
		return err
	}
	if q.r.Header.Get("X-Amz-Metadata-Directive") == "REPLACE" {
		sums := o.Checksum
		if o, err = describe(q.r.Header); err != nil {
			return err
		}
		o.Checksum = sums
	} else if from == q.bucket && key == q.key {
		return bad("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata")
	}
	if o, err = s.put(q.bucket, q.key, body, o, nil); err != nil {
		return err
	}
	writeXML(q.w, http.StatusOK, struct {
		XMLName            xml.Name `xml:"CopyObjectResult"`
		LastModified, ETag string
	}{LastModified: stamp(o.Modified), ETag: `"` + o.ETag + `"`})
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
