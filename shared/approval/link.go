package approval

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// SecretName is the key that link ids are made with.
const SecretName = "approval-link"

// LinkID is the unguessable id in one person's link to one request: 192 bits that only
// who has the desk's secret can make, so that a reminder carries the same link and the
// table need not keep it. It says nothing of the request, the person or the outcome.
func LinkID(secret []byte, approvalID, approver string) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("link\x00" + approvalID + "\x00" + approver))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24])
}

// Hash is what is kept of a link's id.
func Hash(linkID string) string {
	sum := sha256.Sum256([]byte(linkID))
	return hex.EncodeToString(sum[:])
}

// Links are the personal links of a request.
func Links(secret []byte, r *Request) []Link {
	out := make([]Link, len(r.Approvers))
	for i, who := range r.Approvers {
		out[i] = Link{Hash: Hash(LinkID(secret, r.ID, who)), ApprovalID: r.ID, Approver: who, ExpiresAt: r.ExpiresAt}
	}
	return out
}

// NonceLife is how long a page may stay open before its form must be loaded again; by
// wall time, since a person sits before it.
const NonceLife = 12 * time.Hour

// Nonce proves that a form came from the page: it is bound to the link and to the hour.
func Nonce(secret []byte, linkHash string, wall time.Time) string {
	return nonce(secret, linkHash, wall.Unix()/3600)
}

// NonceValid checks a nonce that is at most NonceLife old.
func NonceValid(secret []byte, linkHash, given string, wall time.Time) bool {
	hour := wall.Unix() / 3600
	for back := int64(0); back <= int64(NonceLife/time.Hour); back++ {
		if hmac.Equal([]byte(given), []byte(nonce(secret, linkHash, hour-back))) {
			return true
		}
	}
	return false
}

func nonce(secret []byte, linkHash string, hour int64) string {
	m := hmac.New(sha256.New, secret)
	var b [8]byte
	for i := range b {
		b[i] = byte(hour >> (8 * i))
	}
	m.Write([]byte("nonce\x00" + linkHash + "\x00"))
	m.Write(b[:])
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}
