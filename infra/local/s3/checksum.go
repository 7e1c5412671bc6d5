package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strconv"
	"strings"
)

// Checksums of uploads. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
var algorithms = map[string]func() hash.Hash{
	"crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9A6C9329AC4BC9B5)) },
	"sha1":      sha1.New,
	"sha256":    sha256.New,
}

const checksumHeader = "X-Amz-Checksum-"

// payload takes the object's bytes out of the request: it undoes the aws-chunked
// framing, whose trailers it adds to the headers, and checks every digest given.
func payload(r *http.Request, body []byte) ([]byte, map[string]string, error) {
	h := r.Header.Clone()
	if strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		var err error
		if body, err = unchunk(body, h); err != nil {
			return nil, nil, err
		}
		if want := h.Get("X-Amz-Decoded-Content-Length"); want != "" && want != strconv.Itoa(len(body)) {
			return nil, nil, bad("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header.")
		}
	}
	if want := h.Get("Content-Md5"); want != "" {
		if sum := md5.Sum(body); base64.StdEncoding.EncodeToString(sum[:]) != want {
			return nil, nil, bad("BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
	}
	kept := map[string]string{}
	for name, make := range algorithms {
		want := h.Get(checksumHeader + name)
		if want == "" {
			continue
		}
		sum := make()
		sum.Write(body)
		if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != want {
			return nil, nil, bad("BadDigest", "The "+strings.ToUpper(name)+" you specified did not match the calculated checksum.")
		}
		kept[name] = want
	}
	return body, kept, nil
}

// unchunk undoes the framing: hex size, optional signature, CRLF, data, CRLF, …, 0, trailers.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func unchunk(in []byte, h http.Header) ([]byte, error) {
	broken := func() ([]byte, error) {
		return nil, bad("InvalidChunkSizeError", "The aws-chunked body is not well formed.")
	}
	out := make([]byte, 0, len(in))
	for {
		line, rest, ok := bytes.Cut(in, []byte("\r\n"))
		if !ok {
			return broken()
		}
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseUint(size, 16, 31)
		if err != nil {
			return broken()
		}
		in = rest
		if n == 0 {
			break
		}
		if uint64(len(in)) < n+2 || string(in[n:n+2]) != "\r\n" {
			return broken()
		}
		out = append(out, in[:n]...)
		in = in[n+2:]
	}
	for _, line := range strings.Split(string(in), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			h.Set(name, strings.TrimSpace(value))
		}
	}
	return out, nil
}
