package iam

import "strings"

type verdict int

const (
	silent verdict = iota
	allowed
	denied
)

// request is one question.
type request struct {
	action      string
	resource    string
	service     string // the caller is a service …
	principal   string // … or a role
	account     string
	context     map[string][]string // keys in small letters
	anyResource bool                // trust policies name no resource
}

// decide looks at every statement: a deny wins, and what allowed is counted.
func decide(list []*statement, req *request) verdict {
	var by []*Grant
	for _, st := range list {
		g, ok := st.matches(req)
		if !ok {
			continue
		}
		if st.deny {
			g.used(req)
			return denied
		}
		by = append(by, g)
	}
	if by == nil {
		return silent
	}
	for _, g := range by {
		g.used(req)
	}
	return allowed
}

// matches gives the action entry that speaks about the request.
func (st *statement) matches(req *request) (*Grant, bool) {
	g := st.grants[0]
	action := strings.ToLower(req.action)
	hit := false
	for i, a := range st.actions {
		if glob(a, action) {
			hit, g = true, st.grants[i]
			break
		}
	}
	if hit == st.notAction {
		return nil, false
	}
	if (st.services != nil || st.principals != nil) && !st.forPrincipal(req) {
		return nil, false
	}
	if st.onlyFor != "" && req.resource != st.onlyFor && !strings.HasPrefix(req.resource, st.onlyFor+"/") {
		return nil, false
	}
	if len(st.resources) > 0 && !req.anyResource {
		hit := false
		for _, r := range st.resources {
			if glob(expand(r, req.context), req.resource) {
				hit = true
				break
			}
		}
		if hit == st.notResource {
			return nil, false
		}
	}
	for _, c := range st.conditions {
		if !c.holds(req.context) {
			return nil, false
		}
	}
	return g, true
}

func (st *statement) forPrincipal(req *request) bool {
	if req.service != "" {
		for _, s := range st.services {
			if s == "*" || s == req.service {
				return true
			}
		}
		return false
	}
	for _, p := range st.principals {
		if p == "*" || p == req.principal || p == req.account || p == "arn:aws:iam::"+req.account+":root" {
			return true
		}
	}
	return false
}

// expand puts the values of condition keys into ${key}; an unknown key leaves a text that matches nothing.
func expand(pattern string, context map[string][]string) string {
	if !strings.Contains(pattern, "${") {
		return pattern
	}
	var b strings.Builder
	for rest := pattern; ; {
		before, after, ok := strings.Cut(rest, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		key, tail, ok := strings.Cut(after, "}")
		if !ok {
			b.WriteString("${" + after)
			return b.String()
		}
		rest = tail
		key, fallback, _ := strings.Cut(key, ",")
		switch key = strings.ToLower(strings.TrimSpace(key)); {
		case key == "*" || key == "?" || key == "$":
			b.WriteString(key)
		case len(context[key]) == 1:
			b.WriteString(context[key][0])
		case fallback != "":
			b.WriteString(strings.Trim(strings.TrimSpace(fallback), "'"))
		default:
			b.WriteString("${" + key + "}")
		}
	}
}

// glob matches * (any text) and ? (one character) over the whole of s.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
