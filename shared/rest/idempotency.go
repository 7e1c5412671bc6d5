package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/store"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 255

// once answers a POST with an Idempotency-Key: the first time by the handler, for a day
// after that with what was answered then. What counts as the same request is the body,
// the query and If-Match, for one caller, method and path. An answer of 5xx is not kept,
// unless the request had its effect all the same.
// https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
func (s *Server) once(rt route, r *http.Request, key string, body []byte) reply {
	key = strings.Trim(strings.TrimSpace(key), `"`)
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
		return problemOf(r, fault.New(fault.Invalid, "Idempotency-Key has 1 to %d printable ASCII characters", maxKey))
	}
	ctx, who, where := r.Context(), callerOf(r).who, r.Method+" "+r.URL.Path
	kept, err := s.Store.BeginIdempotent(ctx, who, where, key, fingerprint(r, body))
	if err != nil {
		return problemOf(r, err)
	}
	if kept != nil {
		header := maps.Clone(kept.Header)
		if header == nil {
			header = map[string]string{}
		}
		header["Idempotency-Replayed"] = "true"
		return reply{status: kept.Status, header: header, body: kept.Body}
	}
	out := s.handle(rt, r, body)
	if out.status >= http.StatusInternalServerError && !out.effect {
		if err := s.Store.AbandonIdempotent(ctx, who, where, key); err != nil { // it is free again in a minute
			slog.ErrorContext(ctx, "give an Idempotency-Key free", "id", shownID(r), "error", err)
		}
		return out
	}
	err = s.Store.FinishIdempotent(ctx, who, where, key, store.Answer{Status: out.status, Header: out.header, Body: out.body})
	if fault.Is(err, fault.Unprocessable) { // too large to keep: the status and where the thing is must do
		header := maps.Clone(out.header)
		delete(header, "Content-Type")
		err = s.Store.FinishIdempotent(ctx, who, where, key, store.Answer{Status: out.status, Header: header})
	}
	if err != nil {
		slog.ErrorContext(ctx, "keep the answer of an Idempotency-Key", "id", shownID(r), "error", err)
	}
	return out
}

func fingerprint(r *http.Request, body []byte) string {
	h := sha256.New()
	for _, part := range []string{r.URL.RawQuery, r.Header.Get("If-Match")} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
