package ses

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

var pages = template.Must(template.ParseFS(web, "web/page.html"))

// The pages run no scripts and load nothing from elsewhere.
const policy = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A message's own HTML may show pictures and style itself, and nothing else.
const bodyPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; form-action 'none'; frame-ancestors 'self'"

const (
	listLimit = 100  // mails on the page
	jsonLimit = 1000 // mails in the JSON list, unless ?limit= asks for fewer
)

// Handler serves /local/, /local/mail and what is below, /local/compose and
// /local/time. Browsers (Accept: text/html) get pages, others JSON. Requests that a
// page of another site makes a browser send are refused.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /local/{$}", s.home)
	mux.HandleFunc("GET /local/style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, web, "web/style.css")
	})
	mux.HandleFunc("GET /local/mail", s.list)
	mux.HandleFunc("GET /local/mail/{id}", s.show)
	mux.HandleFunc("GET /local/mail/{id}/raw", s.showRaw)
	mux.HandleFunc("GET /local/mail/{id}/html", s.showHTML)
	mux.HandleFunc("DELETE /local/mail", s.clear)
	mux.HandleFunc("POST /local/mail/clear", s.clear)
	mux.HandleFunc("POST /local/compose", s.compose)
	mux.HandleFunc("GET /local/time", s.tellTime)
	mux.HandleFunc("POST /local/time", s.setTime)
	return http.NewCrossOriginProtection().Handler(mux)
}

func wantsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

// refuse answers a problem (RFC 9457).
func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}

// view is what the templates show.
type view struct {
	Title, Here   string
	Now           time.Time
	Ahead         string
	Note, Problem string
	To            string
	Mails         []Mail
	More          bool
	Inboxes       []string
	Draft         composed
	Mail          *Mail
	Lines         []piece
}

// piece is a stretch of text, or a link in it.
type piece struct{ Text, Link string }

func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	v.Now, v.Here = s.cfg.Clock.Now(), r.URL.RequestURI()
	if r.Method != http.MethodGet {
		v.Here = "/local/"
	}
	if ahead := s.cfg.Clock.Offset(); ahead > 0 {
		v.Ahead = ahead.Round(time.Second).String()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "same-origin")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, name, v); err != nil {
		slog.Error("local mail page", "error", err.Error())
	}
}

func (s *Service) listPage(w http.ResponseWriter, r *http.Request, status int, v view) {
	mails, err := s.Sent(v.To, listLimit+1)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	if len(mails) > listLimit {
		mails, v.More = mails[:listLimit], true
	}
	v.Title, v.Mails, v.Inboxes = "Mail", mails, s.cfg.Inboxes
	if v.Draft == (composed{}) {
		v.Draft.From = "customer@example.com"
		if len(s.cfg.Inboxes) > 0 {
			v.Draft.To = s.cfg.Inboxes[0]
		}
	}
	s.page(w, r, status, "list", v)
}

func (s *Service) home(w http.ResponseWriter, r *http.Request) {
	if !wantsHTML(r) {
		answer(w, http.StatusOK, map[string]string{"mail": "/local/mail", "time": "/local/time"})
		return
	}
	v := view{}
	if r.URL.Query().Has("sent") {
		v.Note = "Delivered to the desk. What it answers appears below."
	}
	if id := r.URL.Query().Get("reply"); id != "" {
		if m, _, err := s.Mail(id); err == nil && m != nil {
			v.Draft = replyTo(m)
		}
	}
	s.listPage(w, r, http.StatusOK, v)
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	if wantsHTML(r) {
		s.listPage(w, r, http.StatusOK, view{To: to})
		return
	}
	limit := jsonLimit
	if v := r.URL.Query().Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			refuse(w, http.StatusBadRequest, "limit is a whole number from 1")
			return
		}
		limit = min(n, jsonLimit)
	}
	mails, err := s.Sent(to, limit)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, http.StatusOK, mails)
}

// find answers 404 itself; nil then.
func (s *Service) find(w http.ResponseWriter, r *http.Request) (*Mail, []byte) {
	m, raw, err := s.Mail(r.PathValue("id"))
	switch {
	case err != nil:
		refuse(w, http.StatusInternalServerError, err.Error())
		return nil, nil
	case m == nil && wantsHTML(r):
		s.listPage(w, r, http.StatusNotFound, view{Problem: "There is no such message (any more)."})
	case m == nil:
		refuse(w, http.StatusNotFound, "no mail "+r.PathValue("id"))
	}
	return m, raw
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) {
	m, _ := s.find(w, r)
	switch {
	case m == nil:
	case wantsHTML(r):
		s.page(w, r, http.StatusOK, "mail", view{Title: m.Subject, Mail: m, Lines: links(m.Text)})
	default:
		answer(w, http.StatusOK, m)
	}
}

func (s *Service) showRaw(w http.ResponseWriter, r *http.Request) {
	if m, raw := s.find(w, r); m != nil {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(raw)
	}
}

// showHTML is the message's own HTML, for the frame: every link opens a new tab.
func (s *Service) showHTML(w http.ResponseWriter, r *http.Request) {
	if m, _ := s.find(w, r); m != nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", bodyPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		_, _ = fmt.Fprintf(w, "<!doctype html><base target=\"_blank\">%s", m.HTML)
	}
}

func (s *Service) clear(w http.ResponseWriter, r *http.Request) {
	if err := s.Clear(); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	if r.Method == http.MethodPost {
		http.Redirect(w, r, "/local/", http.StatusSeeOther)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var webLink = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)\]}']`)

// links cuts text at the web addresses in it.
func links(text string) []piece {
	var out []piece
	for {
		at := webLink.FindStringIndex(text)
		if at == nil {
			return append(out, piece{Text: text})
		}
		out = append(out, piece{Text: text[:at[0]]}, piece{Link: text[at[0]:at[1]]})
		text = text[at[1]:]
	}
}

// localPath keeps redirects on the local pages.
func localPath(next string) string {
	if u, err := url.Parse(next); err == nil && u.Host == "" && u.Scheme == "" && strings.HasPrefix(u.Path, "/local/") {
		return next
	}
	return "/local/"
}
