package mail

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// A reply address is the inbox's address with a tag: local+<conversation>.<mac>@domain. The tag is the conversation's
// ULID in lower case, the mac 80 bits of HMAC-SHA256 over inbox and tag, in lower-case base32: local parts lose their
// case on the way. Nobody without the key can write into somebody else's conversation.
const (
	replyTagLength = 26 // a ULID
	replyMACLength = 16 // 80 bits in base32
	maxLocalPart   = 64 // RFC 5321, 4.5.3.1.1
)

var replyMACEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// ReplyAddress gives the address replies of a conversation go to. The id is a ULID with or without a prefix
// ("conv_01J…"). The plain inbox address comes back when no tag can be made: another id, no key, no domain, or a local
// part that would exceed 64 characters.
func ReplyAddress(inbox string, conversationID string, key []byte) string {
	at := strings.LastIndexByte(inbox, '@')
	ulid := strings.ToLower(conversationID[strings.LastIndexByte(conversationID, '_')+1:])
	if at <= 0 || len(key) == 0 || len(ulid) != replyTagLength || !isULID(ulid) {
		return inbox
	}
	local, domain := inbox[:at], inbox[at+1:]
	if len(local)+1+replyTagLength+1+replyMACLength > maxLocalPart {
		return inbox
	}
	return local + "+" + ulid + "." + replyMAC(inbox, ulid, key) + "@" + domain
}

// ParseReplyAddress reads an address made by ReplyAddress. inbox is in lower case, conversationID is the prefixed id
// ("conv_01J…"). ok is false for every other address and for a tag with a wrong mac.
func ParseReplyAddress(addr string, key []byte) (inbox, conversationID string, ok bool) {
	addr = strings.ToLower(strings.Trim(strings.TrimSpace(addr), "<>"))
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || len(key) == 0 {
		return "", "", false
	}
	plus := strings.LastIndexByte(addr[:at], '+')
	if plus <= 0 {
		return "", "", false
	}
	ulid, mac, found := strings.Cut(addr[plus+1:at], ".")
	if !found || len(ulid) != replyTagLength || len(mac) != replyMACLength || !isULID(ulid) {
		return "", "", false
	}
	inbox = addr[:plus] + addr[at:]
	if !hmac.Equal([]byte(mac), []byte(replyMAC(inbox, ulid, key))) {
		return "", "", false
	}
	return inbox, "conv_" + strings.ToUpper(ulid), true
}

func replyMAC(inbox, ulid string, key []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("deskhand reply\x00" + strings.ToLower(inbox) + "\x00" + ulid))
	return strings.ToLower(replyMACEncoding.EncodeToString(h.Sum(nil)[:10]))
}

// isULID knows the lower-case Crockford alphabet: no i, l, o, u.
func isULID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z') || c == 'i' || c == 'l' || c == 'o' || c == 'u' {
			return false
		}
	}
	return s != "" && s[0] <= '7'
}
