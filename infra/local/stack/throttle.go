package stack

import (
	"encoding/json"
	"net/http"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// throttle is the page of the quotas that the AWS endpoint keeps, for trying out what
// happens past them: GET lists them, POST sets one, DELETE lifts all. They are forgotten at
// a restart.
func (s *Stack) throttle() http.Handler {
	mux := http.NewServeMux()
	list := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Quotas.Limits())
	}
	mux.HandleFunc("GET /local/throttle", func(w http.ResponseWriter, _ *http.Request) { list(w) })
	mux.HandleFunc("POST /local/throttle", func(w http.ResponseWriter, r *http.Request) {
		var l awshttp.Limit
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
		d.DisallowUnknownFields()
		err := d.Decode(&l)
		if err == nil {
			l.Taken, l.Refused = 0, 0
			err = s.Quotas.Set(l)
		}
		if err != nil {
			http.Error(w, `give {"service": "states", "action": "StartExecution", "perSecond": 1, "burst": 5}: `+err.Error(), http.StatusBadRequest)
			return
		}
		list(w)
	})
	mux.HandleFunc("DELETE /local/throttle", func(w http.ResponseWriter, _ *http.Request) {
		s.Quotas.Clear()
		list(w)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}
