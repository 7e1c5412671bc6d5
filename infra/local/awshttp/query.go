package awshttp

import (
	"encoding/xml"
	"net/http"
	"net/url"
)

// Form reads a call of the Query protocol: its Action and its parameters.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
func (c *Call) Form() (url.Values, error) {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return nil, &Error{Code: "MalformedQueryString", Message: err.Error()}
	}
	c.Action = form.Get("Action")
	return form, nil
}

// WriteQuery answers a call of the Query protocol: result is written as
// <ActionResponse><ActionResult>…</ActionResult></ActionResponse>, err as an ErrorResponse.
func WriteQuery(w http.ResponseWriter, namespace, action string, result any, err error) {
	w.Header().Set("Content-Type", "text/xml")
	type metadata struct {
		RequestID string `xml:"RequestId"`
	}
	if err != nil {
		e := AsError(err)
		if e.Status == 0 {
			e.Status = http.StatusBadRequest
		}
		if e.Code == "AccessDeniedException" { // so it is called in this protocol
			e.Code, e.Status = "AccessDenied", http.StatusForbidden
		}
		w.WriteHeader(e.Status)
		type detail struct{ Type, Code, Message string }
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName xml.Name `xml:"ErrorResponse"`
			NS      string   `xml:"xmlns,attr"`
			Error   detail
			metadata
		}{NS: namespace, Error: detail{"Sender", e.Code, e.Message}, metadata: metadata{"LOCAL"}})
		return
	}
	enc := xml.NewEncoder(w)
	response := xml.StartElement{Name: xml.Name{Local: action + "Response"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}}
	_ = enc.EncodeToken(response)
	if result == nil {
		result = struct{}{}
	}
	_ = enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: action + "Result"}})
	_ = enc.EncodeElement(metadata{"LOCAL"}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	_ = enc.EncodeToken(response.End())
	_ = enc.Flush()
}
