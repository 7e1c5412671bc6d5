package rest

import (
	"net/http"
	"strings"

	"github.com/deskhand/deskhand/shared/lambdahttp"
)

// Roles, each including those before it.
const (
	public = iota
	viewer
	approver
	editor
	admin
)

var roleNames = []string{"none", "viewer", "approver", "editor", "admin"}

type callerKey struct{}

// caller is who asks.
type caller struct {
	who  string // e-mail address of a person, "machine:<client>" of a program
	rank int
}

func (c caller) roleName() string { return roleNames[c.rank] }

// caller reads the claims that API Gateway has verified: people carry email and the
// role claim, machines the scope deskhand/<role>.
func (s *Server) caller(r *http.Request) caller {
	claims := lambdahttp.Claims(r.Context())
	c := caller{who: strings.ToLower(claims["email"])}
	words := strings.FieldsFunc(claims[s.RoleClaim], func(c rune) bool { return strings.ContainsRune(" ,[]\"", c) })
	if c.who == "" {
		client := claims["client_id"]
		if client == "" {
			client = claims["sub"]
		}
		c.who = "machine:" + client
		for _, scope := range strings.Fields(claims["scope"]) {
			if role, ok := strings.CutPrefix(scope, "deskhand/"); ok {
				words = append(words, role)
			}
		}
	}
	for _, w := range words {
		for rank, name := range roleNames {
			if rank > public && w == name {
				c.rank = max(c.rank, rank)
			}
		}
	}
	return c
}

func callerOf(r *http.Request) caller {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c
}

// Me is who asks: Email is "machine:<client>" for a program.
type Me struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

func (s *Server) me(r *http.Request) (*answer, error) {
	c := callerOf(r)
	return ok(Me{Email: c.who, Role: c.roleName()})
}
