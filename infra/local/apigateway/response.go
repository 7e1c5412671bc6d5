package apigateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// respond writes a function's answer in payload format 2.0: an object with statusCode
// is a response, any other JSON is the body of a 200. Nothing is written on an error.
func respond(w http.ResponseWriter, r *http.Request, payload []byte) error {
	var fields map[string]json.RawMessage
	status, isResponse := json.RawMessage(nil), false
	if json.Unmarshal(payload, &fields) == nil {
		status, isResponse = fields["statusCode"]
	}
	if !isResponse {
		body := payload
		var text string
		if json.Unmarshal(payload, &text) == nil && len(payload) > 0 && bytes.TrimSpace(payload)[0] == '"' {
			body = []byte(text)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		return write(w, r, body)
	}
	code, err := strconv.Atoi(string(bytes.Trim(status, `"`)))
	if err != nil || code < 100 || code > 599 {
		return fmt.Errorf("statusCode %s is not a status", status)
	}
	var rest struct {
		Headers         map[string]any `json:"headers"`
		Body            *string        `json:"body"`
		IsBase64Encoded bool           `json:"isBase64Encoded"`
		Cookies         []string       `json:"cookies"`
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	if err := dec.Decode(&rest); err != nil {
		return err
	}
	var body []byte
	if rest.Body != nil {
		body = []byte(*rest.Body)
		if rest.IsBase64Encoded {
			if body, err = base64.StdEncoding.DecodeString(*rest.Body); err != nil {
				return errors.New("the body is not base64")
			}
		}
	}
	h := w.Header()
	for k, v := range rest.Headers {
		switch v := v.(type) {
		case string:
			h.Set(k, v)
		case json.Number, bool:
			h.Set(k, fmt.Sprint(v))
		case nil:
		default:
			return fmt.Errorf("header %s is not a string", k)
		}
	}
	for _, c := range rest.Cookies {
		h.Add("Set-Cookie", c)
	}
	if h.Get("Content-Type") == "" && len(body) > 0 {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	if code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified {
		if r.Method != http.MethodHead || h.Get("Content-Length") == "" {
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
	} else {
		h.Del("Content-Length")
		body = nil
	}
	w.WriteHeader(code)
	return write(w, r, body)
}

// write sends the body; that the client has gone is no fault of the function.
func write(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}
