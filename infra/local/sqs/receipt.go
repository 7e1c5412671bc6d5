package sqs

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// receipt is an opaque handle that names queue, message and this one receive of it.
func receipt(q *queue, seq uint64, token string) string {
	return base64.StdEncoding.EncodeToString([]byte(q.spec.Name + " " + strconv.FormatUint(seq, 10) + " " + token))
}

func readReceipt(q *queue, handle string) (seq uint64, token string, err error) {
	raw, err := base64.StdEncoding.DecodeString(handle)
	part := strings.Split(string(raw), " ")
	if err != nil || len(part) != 3 {
		return 0, "", errReceipt(`The input receipt handle "` + handle + `" is not a valid receipt handle.`)
	}
	if part[0] != q.spec.Name {
		return 0, "", errReceipt("The receipt handle is of another queue.")
	}
	if seq, err = strconv.ParseUint(part[1], 10, 64); err != nil {
		return 0, "", errReceipt(`The input receipt handle "` + handle + `" is not a valid receipt handle.`)
	}
	return seq, part[2], nil
}

// newID is a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
