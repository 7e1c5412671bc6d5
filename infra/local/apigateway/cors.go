package apigateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// cors adds the API's CORS headers and answers preflight requests itself; true when
// the request is answered. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
func (a *API) cors(w http.ResponseWriter, r *http.Request) bool {
	c := a.cfg.API.Cors
	origin := r.Header.Get("Origin")
	if c == nil {
		return false
	}
	preflight := r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != ""
	allowed := ""
	for _, o := range c.AllowOrigins {
		switch {
		case o == "*":
			allowed = "*"
		case o == origin, strings.HasSuffix(o, "//*") && strings.HasPrefix(origin, strings.TrimSuffix(o, "*")):
			allowed = origin
		}
		if allowed != "" {
			break
		}
	}
	if origin != "" && allowed != "" {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", allowed)
		if c.AllowCredentials {
			h.Set("Access-Control-Allow-Credentials", "true")
		}
		if len(c.ExposeHeaders) > 0 {
			h.Set("Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ","))
		}
		method := r.Header.Get("Access-Control-Request-Method")
		if preflight && (slices.Contains(c.AllowMethods, "*") || slices.Contains(c.AllowMethods, method)) {
			h.Set("Access-Control-Allow-Methods", strings.Join(c.AllowMethods, ","))
			if len(c.AllowHeaders) > 0 {
				h.Set("Access-Control-Allow-Headers", strings.Join(c.AllowHeaders, ","))
			}
			if c.MaxAge > 0 {
				h.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
			}
		}
	}
	if preflight {
		w.WriteHeader(http.StatusNoContent)
	}
	return preflight
}
