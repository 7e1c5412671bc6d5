package jsonata

import "time"

func fromMillis(ms float64, p, tz any) (any, error)         { return undefined, nil }
func parseISO(s string) (any, error)                        { return undefined, nil }
func parseDateTime(s, p string, now time.Time) (any, error) { return undefined, nil }
