package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// site answers with the built files. Text files come compressed from the build, as .br
// and .gz; what a client takes neither of is unpacked for it.
type site struct {
	files  map[string]file // by path, with the leading slash
	index  string          // path of the page that every address of the console gets
	policy string
}

type file struct {
	contentType string
	bodies      map[string][]byte // by content coding; "" is none
	etag        string            // without the coding and the quotes
	immutable   bool              // its name holds a hash of it
}

// contentTypes of what the build makes; the machine's own table may lack some.
var contentTypes = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".json":  "application/json",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

const (
	plainPage = "/index-plain.html"
	mailFrame = "/mail-frame.html"
)

// newSite reads web: the folder dist, which may be empty, and the plain page.
func newSite(web fs.FS, issuer string, signIn []string) (*site, error) {
	s := &site{files: map[string]file{}, index: "/index.html", policy: policy(issuer, signIn)}
	err := fs.WalkDir(web, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || d.Name() == "manifest.json" {
			return err
		}
		data, err := fs.ReadFile(web, name)
		if err != nil {
			return err
		}
		s.add(strings.TrimPrefix(name, "dist"), data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if _, built := s.files[s.index]; !built {
		data, err := fs.ReadFile(web, strings.TrimPrefix(plainPage, "/"))
		if err != nil {
			return nil, err
		}
		s.index = plainPage
		s.policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
		s.add(plainPage, data)
	}
	return s, nil
}

func (s *site) add(name string, data []byte) {
	coding := ""
	switch path.Ext(name) {
	case ".br":
		name, coding = strings.TrimSuffix(name, ".br"), "br"
	case ".gz":
		name, coding = strings.TrimSuffix(name, ".gz"), "gzip"
	}
	f, ok := s.files[name]
	if !ok {
		f = file{contentType: contentTypes[path.Ext(name)], bodies: map[string][]byte{}, immutable: strings.HasPrefix(name, "/assets/")}
		if f.contentType == "" {
			f.contentType = "application/octet-stream"
		}
	}
	f.bodies[coding] = data
	// One coding is enough for the tag: all are made of the same bytes.
	if coding != "gzip" || f.etag == "" {
		sum := sha256.Sum256(data)
		f.etag = base64.RawURLEncoding.EncodeToString(sum[:12])
	}
	s.files[name] = f
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Strict-Transport-Security", "max-age=31536000") // browsers heed it over https only
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "The console is only read: "+r.Method+" is not possible here.", http.StatusMethodNotAllowed)
		return
	}
	name := r.URL.Path
	f, ok := s.files[name]
	if !ok && s.page(name) {
		name = s.index
		f, ok = s.files[name]
	}
	if !ok {
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'")
		http.Error(w, "There is nothing at this address. Start at /.", http.StatusNotFound)
		return
	}
	s.answer(w, r, name, f)
}

// page tells whether a path is one of the console's own, for its script to find its way;
// not a missing file, and nothing that is the API's.
func (s *site) page(name string) bool {
	if s.index == plainPage {
		return name == "/" || name == "/index.html"
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	switch first {
	case "assets", "v1", "a", "hooks", "local":
		return false
	}
	return path.Clean(name) == name && !strings.Contains(path.Base(name), ".")
}

func (s *site) answer(w http.ResponseWriter, r *http.Request, name string, f file) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache") // kept, and asked about each time
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	switch {
	case name == mailFrame:
		h.Set("Content-Security-Policy", framePolicy)
	case path.Ext(name) == ".html":
		h.Set("Content-Security-Policy", s.policy)
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	default: // an image that is opened by itself runs nothing either
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	}
	coding, body, err := f.body(r.Header.Get("Accept-Encoding"))
	if err != nil {
		http.Error(w, "The file cannot be unpacked.", http.StatusInternalServerError)
		return
	}
	etag := f.etag
	if coding != "" {
		h.Set("Content-Encoding", coding)
		etag += "-" + coding
	}
	etag = strconv.Quote(etag)
	h.Set("ETag", etag)
	if known(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body)
}

// body is the file as the client takes it, the smallest first.
func (f file) body(accept string) (coding string, data []byte, err error) {
	for _, coding := range []string{"br", "gzip"} {
		if data, ok := f.bodies[coding]; ok && accepts(accept, coding) {
			return coding, data, nil
		}
	}
	if data, ok := f.bodies[""]; ok {
		return "", data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(f.bodies["gzip"]))
	if err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(z)
	return "", data, err
}

// accepts reads an Accept-Encoding header (RFC 9110, 12.5.3): named without q=0, or
// covered by *.
func accepts(header, coding string) bool {
	any := false
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case coding:
			return q > 0
		case "*":
			any = q > 0
		}
	}
	return any
}

// known reads an If-None-Match header (RFC 9110, 13.1.2).
func known(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == etag || part == "*" {
			return true
		}
	}
	return false
}
