package s3

import (
	"encoding/xml"
	"errors"
	"net/http"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// Error is an S3 error; it is answered as XML.
type Error struct {
	Status   int
	Code     string
	Message  string
	Resource string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message + " (" + e.Resource + ")" }

func noBucket(name string) error {
	return &Error{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist", Resource: name}
}

func bad(code, message string) error {
	return &Error{Status: 400, Code: code, Message: message}
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		a := awshttp.AsError(err)
		e = &Error{Status: a.Status, Code: a.Code, Message: a.Message, Resource: r.URL.Path}
		if a.Code == "AccessDeniedException" {
			e.Status, e.Code = http.StatusForbidden, "AccessDenied"
		}
	}
	if e.Status == 0 {
		e.Status = http.StatusBadRequest
	}
	if r.Method == http.MethodHead || e.Status == http.StatusNotModified {
		w.WriteHeader(e.Status)
		return
	}
	writeXML(w, e.Status, struct {
		XMLName                            xml.Name `xml:"Error"`
		Code, Message, Resource, RequestId string
	}{Code: e.Code, Message: e.Message, Resource: e.Resource, RequestId: "LOCAL"})
}

func writeXML(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(xml.Header))
	_ = xml.NewEncoder(w).Encode(v)
}
