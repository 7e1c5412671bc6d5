package attribute

// The key form of a value compares, byte by byte, as DynamoDB orders values, and no
// key is a prefix of another, so that keys can be joined.
//
//	S, B:  the bytes, 00 as 00 FF, ended by 00 01
//	N:     01 negative, 02 zero, 03 positive; the exponent; two digits a byte; the end 00
//	       (exponent, digits and end complemented for negative numbers)

// AppendKey appends the key form of an S, N or B.
func AppendKey(dst []byte, v Value) []byte {
	if v.Kind == N {
		return appendNumberKey(dst, normalNumber(v.Text))
	}
	return append(AppendKeyPrefix(dst, v), 0, 1)
}

// AppendKeyPrefix appends what the key forms of all S or B beginning with v have in common.
func AppendKeyPrefix(dst []byte, v Value) []byte {
	for i := range len(v.Text) {
		dst = append(dst, v.Text[i])
		if v.Text[i] == 0 {
			dst = append(dst, 0xFF)
		}
	}
	return dst
}

func appendNumberKey(dst []byte, n number) []byte {
	if n.digits == "" {
		return append(dst, 2)
	}
	flip := byte(0)
	if n.neg {
		flip = 0xFF
		dst = append(dst, 1)
	} else {
		dst = append(dst, 3)
	}
	dst = append(dst, byte(n.exp-minExp)^flip)
	for i := 0; i < len(n.digits); i += 2 {
		pair := (n.digits[i] - '0') * 10
		if i+1 < len(n.digits) {
			pair += n.digits[i+1] - '0'
		}
		dst = append(dst, (pair+1)^flip)
	}
	return append(dst, flip)
}

// Successor is the least key greater than every key that begins with p; nil if none is.
func Successor(p []byte) []byte {
	out := append([]byte(nil), p...)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i] < 0xFF {
			out[i]++
			return out[:i+1]
		}
	}
	return nil
}
