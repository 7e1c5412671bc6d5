package iam

import (
	"sort"
	"sync"
)

// Grant is one action of one statement, with what has been made of it.
type Grant struct {
	Holder    string   `json:"holder"` // ARN of the role, or of the resource whose policy it is
	Policy    string   `json:"policy"`
	Managed   bool     `json:"managed"` // AWS's own policy, not the template's
	Statement int      `json:"statement"`
	Sid       string   `json:"sid,omitempty"`
	Action    string   `json:"action"` // as written, wildcards included
	Resources []string `json:"resources,omitempty"`
	Deny      bool     `json:"deny,omitempty"`
	Uses      int      `json:"uses"`
	// Asked are the distinct "action resource" pairs it answered, up to maxAsked.
	Asked []string `json:"asked,omitempty"`
}

const maxAsked = 20

var usage sync.Mutex

func (g *Grant) used(req *request) {
	usage.Lock()
	defer usage.Unlock()
	g.Uses++
	if len(g.Asked) >= maxAsked {
		return
	}
	pair := req.action + " " + req.resource
	for _, a := range g.Asked {
		if a == pair {
			return
		}
	}
	g.Asked = append(g.Asked, pair)
}

// Usage lists every action that the policies grant (trust policies left out), with
// how often it was what allowed a call; Uses 0 is a right that nobody has needed yet.
func (a *Authority) Usage() []Grant {
	usage.Lock()
	defer usage.Unlock()
	var out []Grant
	add := func(list []*statement) {
		for _, st := range list {
			for _, g := range st.grants {
				c := *g
				c.Asked = append([]string(nil), g.Asked...)
				out = append(out, c)
			}
		}
	}
	for _, r := range a.roles {
		add(r.allow)
	}
	add(a.resource)
	sort.SliceStable(out, func(i, j int) bool {
		x, y := out[i], out[j]
		if x.Holder != y.Holder {
			return x.Holder < y.Holder
		}
		if x.Policy != y.Policy {
			return x.Policy < y.Policy
		}
		return x.Statement < y.Statement
	})
	return out
}
