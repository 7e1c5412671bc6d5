package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// Address is a mailbox. Email is a lower-case addr-spec; it is empty when the header had a name only.
type Address struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// String gives the address for people: Name <email>. For headers use Compose.
func (a Address) String() string {
	if a.Name == "" {
		return a.Email
	}
	return a.Name + " <" + a.Email + ">"
}

// Domain gives what follows the last "@".
func (a Address) Domain() string {
	if at := strings.LastIndexByte(a.Email, '@'); at >= 0 {
		return a.Email[at+1:]
	}
	return ""
}

// NormaliseAddress gives the lower-case addr-spec of "Name <a@b>" or "a@b". A domain in Unicode becomes its ASCII form.
// It refuses what cannot be written to in a header: no domain, more than one address, controls, over 254 characters
// (RFC 5321, 4.5.3.1.3, less the brackets).
func NormaliseAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", errors.New("address is empty: give one like name@example.com")
	}
	if strings.ContainsAny(s, "\r\n\x00") {
		return "", errors.New("address has a line break or NUL in it: remove it")
	}
	spec := s
	if a, err := netmail.ParseAddress(s); err == nil {
		spec = a.Address
	} else if strings.ContainsAny(s, "<>,; \t") {
		return "", fmt.Errorf("%q is not one e-mail address: give one like name@example.com", clip(s, 100))
	}
	at := strings.LastIndexByte(spec, '@')
	if at <= 0 || at == len(spec)-1 {
		return "", fmt.Errorf("%q is not an e-mail address: it needs a name, an @ and a domain", clip(s, 100))
	}
	local, domain := spec[:at], strings.TrimSuffix(strings.ToLower(spec[at+1:]), ".")
	if !isASCII(domain) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", fmt.Errorf("%q has a domain that is not one: %v", clip(s, 100), err)
		}
		domain = ascii
	}
	if !validDomain(domain) {
		return "", fmt.Errorf("%q has a domain that is not one: give one like example.com", clip(s, 100))
	}
	for _, r := range local {
		if r <= ' ' || r == 0x7f || strings.ContainsRune("<>()[],;:\\\"@", r) {
			return "", fmt.Errorf("%q has a character before the @ that is not allowed there", clip(s, 100))
		}
	}
	if len(local) > 64 || len(local)+1+len(domain) > 254 {
		return "", fmt.Errorf("%q is too long: 64 characters before the @, 254 in all", clip(s, 40))
	}
	return strings.ToLower(local) + "@" + domain, nil
}

func validDomain(domain string) bool {
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") {
		return len(domain) > 2 && !strings.ContainsAny(domain[1:len(domain)-1], "[] <>@")
	}
	for _, label := range strings.Split(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return domain != ""
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
