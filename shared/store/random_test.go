package store_test

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
)

// incompressible is a text of about n bytes that gzip makes hardly shorter than its
// information, three quarters of it.
func incompressible(n int) string {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n*3/4)
	r.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

func marshalText(s string) ([]byte, error) { return json.Marshal(s) }
