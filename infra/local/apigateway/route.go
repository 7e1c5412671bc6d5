package apigateway

import (
	"fmt"
	"sort"
	"strings"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// table finds the route of a request: a full match, then one with a greedy variable,
// then $default; the more literal path first, and a method before ANY.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
type table struct {
	routes   []*pattern
	fallback *cfn.Route
}

type pattern struct {
	route    *cfn.Route
	method   string
	segments []string
	greedy   bool
}

func newTable(routes []cfn.Route) (*table, error) {
	t := &table{}
	for i := range routes {
		r := &routes[i]
		if r.Key == "$default" {
			t.fallback = r
			continue
		}
		method, path, ok := strings.Cut(r.Key, " ")
		if !ok || !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("route key %q: want METHOD /path", r.Key)
		}
		t.routes = append(t.routes, &pattern{route: r, method: method, segments: strings.Split(path[1:], "/"), greedy: strings.HasSuffix(path, "+}")})
	}
	sort.SliceStable(t.routes, func(i, j int) bool { return t.routes[i].before(t.routes[j]) })
	return t, nil
}

// rank of a segment: literal, variable, greedy.
func rank(s string) int {
	switch {
	case strings.HasSuffix(s, "+}"):
		return 2
	case strings.HasPrefix(s, "{"):
		return 1
	}
	return 0
}

func (p *pattern) before(o *pattern) bool {
	if p.greedy != o.greedy {
		return o.greedy
	}
	for i := 0; i < len(p.segments) && i < len(o.segments); i++ {
		if a, b := rank(p.segments[i]), rank(o.segments[i]); a != b {
			return a < b
		}
	}
	if len(p.segments) != len(o.segments) {
		return len(p.segments) > len(o.segments)
	}
	return p.method != "ANY" && o.method == "ANY"
}

// match gives the route and the values of its variables; path is decoded.
func (t *table) match(method, path string) (*cfn.Route, map[string]string) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for _, p := range t.routes {
		if p.method != "ANY" && p.method != method {
			continue
		}
		if vars, ok := p.match(segments); ok {
			return p.route, vars
		}
	}
	return t.fallback, nil
}

func (p *pattern) match(segments []string) (map[string]string, bool) {
	if len(segments) < len(p.segments) || len(segments) > len(p.segments) && !p.greedy {
		return nil, false
	}
	var vars map[string]string
	set := func(name, value string) {
		if vars == nil {
			vars = map[string]string{}
		}
		vars[name] = value
	}
	for i, s := range p.segments {
		switch rank(s) {
		case 0:
			if s != segments[i] {
				return nil, false
			}
		case 1:
			if segments[i] == "" {
				return nil, false
			}
			set(s[1:len(s)-1], segments[i])
		case 2:
			rest := strings.Join(segments[i:], "/")
			if rest == "" {
				return nil, false
			}
			set(s[1:len(s)-2], rest)
		}
	}
	return vars, true
}
