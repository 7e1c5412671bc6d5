package ai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// readLabel checks a filled-in form of Classify: the label is one of the labels, letter
// for letter but for spaces around it and case, and the confidence is from 0 to 1.
func readLabel(raw json.RawMessage, labels []string) (Label, error) {
	var v struct {
		Label      *string  `json:"label"`
		Confidence *float64 `json:"confidence"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return Label{}, fmt.Errorf("label and confidence cannot be read")
	}
	if v.Label == nil || v.Confidence == nil {
		return Label{}, fmt.Errorf("label or confidence is missing")
	}
	if *v.Confidence < 0 || *v.Confidence > 1 || math.IsNaN(*v.Confidence) {
		return Label{}, fmt.Errorf("confidence is %v, not from 0 to 1", *v.Confidence)
	}
	said := strings.TrimSpace(*v.Label)
	i := slices.Index(labels, said)
	if i < 0 {
		i = slices.IndexFunc(labels, func(l string) bool { return strings.EqualFold(strings.TrimSpace(l), said) })
	}
	if i < 0 {
		return Label{}, fmt.Errorf("the label is none of those given")
	}
	return Label{Label: labels[i], Confidence: *v.Confidence}, nil
}

// readFields checks a filled-in form of Extract: every value has its field's type. What
// is null, empty, or not asked for is left out.
func readFields(raw json.RawMessage, fields map[string]string) (map[string]any, error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil || given == nil {
		return nil, fmt.Errorf("the fields cannot be read")
	}
	out := map[string]any{}
	for name, typ := range fields {
		value := bytes.TrimSpace(given[name])
		if len(value) == 0 || string(value) == "null" {
			continue
		}
		v, err := readField(value, typ)
		if err != nil {
			return nil, fmt.Errorf("%s is not a %s", name, typ)
		}
		if v != nil {
			out[name] = v
		}
	}
	return out, nil
}

func readField(value json.RawMessage, typ string) (any, error) {
	switch typ {
	case TypeNumber:
		var n float64
		err := json.Unmarshal(value, &n)
		return n, err
	case TypeBoolean:
		var b bool
		err := json.Unmarshal(value, &b)
		return b, err
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		return nil, err
	}
	if s = strings.TrimSpace(s); s == "" {
		return nil, nil
	}
	if typ == TypeDate {
		return s, checkDate(s)
	}
	return cut(s, MaxValue), nil
}

// checkDate takes a day (2026-11-30) or a time (RFC 3339).
func checkDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return nil
	}
	_, err := time.Parse(time.RFC3339, s)
	return err
}
