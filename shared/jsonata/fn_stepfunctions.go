package jsonata

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"strings"
)

// defineStepFunctions adds what Step Functions has beyond JSONata
// (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html, "Built-in functions").
func defineStepFunctions() {
	defined("partition", "<an:a>", 2, 2, func(_ *call, args []any) (any, error) {
		size, ok := numberArg(args, 1)
		if !ok || size < 1 || size != math.Trunc(size) {
			return nil, failArg("D3150", 2, arg(args, 1))
		}
		items := listArg(args, 0)
		out := []any{}
		for from := 0; from < len(items); {
			to := int(min(float64(from)+size, float64(len(items))))
			out = append(out, append([]any{}, items[from:to]...))
			from = to
		}
		return out, nil
	})
	defined("range", "<nnn?:a<n>>", 3, 3, rangeBy)
	defined("hash", "<ss:s>", 2, 2, hash)
	define("random", "<n?:n>", 1, 1, func(c *call, args []any) (any, error) {
		seed, ok := numberArg(args, 0)
		if !ok {
			return c.random(), nil
		}
		return mathrand.New(mathrand.NewPCG(math.Float64bits(seed), 0)).Float64(), nil
	})
	define("uuid", "<:s>", 0, 0, func(c *call, _ []any) (any, error) {
		if c.options.UUID != nil {
			return c.options.UUID(), nil
		}
		var b [16]byte
		rand.Read(b[:]) // never fails
		b[6] = b[6]&0x0F | 0x40
		b[8] = b[8]&0x3F | 0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	})
	defined("parse", "<s-:x>", 1, 1, func(_ *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		v, err := decodeJSON([]byte(s))
		if err != nil {
			return nil, failArg("D3153", 1, s)
		}
		return v, nil
	})
}

// rangeBy lists the numbers from start to end, both included, delta apart.
func rangeBy(c *call, args []any) (any, error) {
	start, _ := numberArg(args, 0)
	end, ok := numberArg(args, 1)
	if !ok {
		return undefined, nil
	}
	delta, ok := numberArg(args, 2)
	if !ok {
		delta = 1
	}
	if delta == 0 {
		return nil, failArg("D3151", 3, delta)
	}
	size := math.Floor((end-start)/delta) + 1
	if size > maxRange {
		return nil, failValue("D2014", size)
	}
	if !(size > 0) {
		return []any{}, nil
	}
	if err := c.spend(int(size)); err != nil {
		return nil, err
	}
	if size == 1 {
		return start, nil // a sequence of one, as recorded on AWS
	}
	out := make([]any, int(size))
	for i := range out {
		out[i] = start + float64(i)*delta
	}
	return out, nil
}

// hash gives the digest in lower-case hexadecimal.
func hash(_ *call, args []any) (any, error) {
	s, _ := stringArg(args, 0)
	algorithm, _ := stringArg(args, 1)
	data := []byte(s)
	switch strings.ToUpper(algorithm) {
	case "MD5":
		d := md5.Sum(data)
		return hex.EncodeToString(d[:]), nil
	case "SHA-1":
		d := sha1.Sum(data)
		return hex.EncodeToString(d[:]), nil
	case "SHA-256":
		d := sha256.Sum256(data)
		return hex.EncodeToString(d[:]), nil
	case "SHA-384":
		d := sha512.Sum384(data)
		return hex.EncodeToString(d[:]), nil
	case "SHA-512":
		d := sha512.Sum512(data)
		return hex.EncodeToString(d[:]), nil
	}
	return nil, failArg("D3152", 2, arg(args, 1))
}
