package workflow

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration of the definition format: a whole number and one unit,
// s, m, h or d (a day is 24 hours): 30s, 15m, 24h, 7d. Zero, signs, fractions and
// several units are refused.
func ParseDuration(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a duration; write a whole number and a unit, like 30s, 15m, 24h or 7d", s)
	if len(s) < 2 {
		return 0, bad
	}
	var unit time.Duration
	switch s[len(s)-1] {
	case 's':
		unit = time.Second
	case 'm':
		unit = time.Minute
	case 'h':
		unit = time.Hour
	case 'd':
		unit = 24 * time.Hour
	default:
		return 0, bad
	}
	digits := s[:len(s)-1]
	if strings.TrimLeft(digits, "0123456789") != "" {
		return 0, bad
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("%q is too long; the longest wait is a year (365d)", s)
	}
	if n == 0 {
		return 0, fmt.Errorf("%q is no time at all; write at least 1s", s)
	}
	return time.Duration(n) * unit, nil
}

// FormatDuration writes d in the largest unit that divides it, as ParseDuration reads it;
// parts of a second are dropped.
func FormatDuration(d time.Duration) string {
	s := int64(d / time.Second)
	switch {
	case s != 0 && s%86400 == 0:
		return strconv.FormatInt(s/86400, 10) + "d"
	case s != 0 && s%3600 == 0:
		return strconv.FormatInt(s/3600, 10) + "h"
	case s != 0 && s%60 == 0:
		return strconv.FormatInt(s/60, 10) + "m"
	}
	return strconv.FormatInt(s, 10) + "s"
}
