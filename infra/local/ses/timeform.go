package ses

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// advanceLimit bounds one request: a year of ticks takes a while.
const advanceLimit = 10 * time.Minute

func (s *Service) tellTime(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"now": s.cfg.Clock.Now().Format(time.RFC3339Nano), "offset": s.cfg.Clock.Offset().String()})
}

// setTime moves the clock: {"advance": "24h"}, or the buttons of the pages. It returns
// when what fell due has settled.
func (s *Service) setTime(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && wantsHTML(r)
	var in struct {
		Advance string `json:"advance"`
	}
	if form {
		in.Advance = r.PostFormValue("advance")
	} else if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, `send {"advance": "24h"}: `+err.Error())
		return
	}
	d, err := duration(in.Advance)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	// What is under way goes on when the client leaves: half an advance helps nobody.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), advanceLimit)
	defer cancel()
	if err := s.cfg.Clock.Advance(ctx, d); err != nil {
		refuse(w, http.StatusConflict, err.Error())
		return
	}
	if d > 0 && s.cfg.Moved != nil {
		s.cfg.Moved()
		if err := s.cfg.Clock.Idle(ctx); err != nil {
			refuse(w, http.StatusConflict, err.Error())
			return
		}
	}
	if form {
		http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
		return
	}
	s.tellTime(w, r)
}

// duration reads Go's durations and days: 30s 15m 24h 7d.
func duration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("advance %q: write a duration like 30s, 15m, 24h or 7d", s)
	}
	return d, nil
}
