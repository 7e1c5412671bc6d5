package lambda

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// ServeAWS answers the Lambda API: Invoke, ListFunctions, GetFunction and
// GetFunctionConfiguration; anything else is NotImplementedException.
// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	path, err := url.PathUnescape(c.HTTP.URL.EscapedPath())
	if err == nil {
		rest, ok := strings.CutPrefix(path, "/2015-03-31/functions")
		name, what, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		switch {
		case ok && name == "" && c.HTTP.Method == http.MethodGet:
			s.list(w, c)
			return
		case ok && what == "invocations" && c.HTTP.Method == http.MethodPost:
			s.invokeHTTP(w, c, name)
			return
		case ok && (what == "" || what == "configuration") && c.HTTP.Method == http.MethodGet:
			s.describe(w, c, name, what == "")
			return
		}
	}
	fail(w, &awshttp.Error{Code: "NotImplementedException", Status: http.StatusNotImplemented,
		Message: "the local stack does not implement " + c.HTTP.Method + " " + c.HTTP.URL.Path + " of Lambda; functions come from the template"})
}

// fail answers an error in the form of the REST JSON protocol.
func fail(w http.ResponseWriter, err error) {
	e := awshttp.AsError(err)
	body := map[string]any{"Message": e.Message, "Type": "User"}
	for k, v := range e.Members {
		body[k] = v
	}
	if e.Status == 0 {
		e.Status = http.StatusBadRequest
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-ErrorType", e.Code)
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(body)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Service) invokeHTTP(w http.ResponseWriter, c *awshttp.Call, name string) {
	if q := c.HTTP.URL.Query().Get("Qualifier"); q != "" {
		if _, arn, _, err := s.find(name); err == nil && strings.HasSuffix(arn, ":"+q) {
			// the name was already qualified, by the same
		} else {
			name += ":" + q
		}
	}
	call := Call{Function: name, Payload: c.Body, Caller: c.Caller, Trace: c.HTTP.Header.Get("X-Amzn-Trace-Id")}
	switch kind := c.HTTP.Header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
		res, err := s.Invoke(c.HTTP.Context(), call)
		if err != nil {
			fail(w, err)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-Amzn-RequestId", res.RequestID)
		h.Set("X-Amz-Executed-Version", res.Version)
		if res.FunctionError != "" {
			h.Set("X-Amz-Function-Error", res.FunctionError)
		}
		if c.HTTP.Header.Get("X-Amz-Log-Type") == "Tail" {
			h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(res.LogTail))
		}
		_, _ = w.Write(res.Payload)
	case "Event":
		id, err := s.InvokeAsync(c.HTTP.Context(), call)
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("X-Amzn-RequestId", id)
		w.WriteHeader(http.StatusAccepted)
	case "DryRun":
		if _, _, _, err := s.admit(&call, MaxSync, "InvokeFunction"); err != nil {
			fail(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		fail(w, &awshttp.Error{Code: "InvalidParameterValueException", Message: "InvocationType " + kind + " is not RequestResponse, Event or DryRun"})
	}
}

// configuration is the part of FunctionConfiguration that means something here.
func (s *Service) configuration(f *function) map[string]any {
	return map[string]any{
		"FunctionName": f.spec.Name, "FunctionArn": f.spec.ARN, "Runtime": f.spec.Runtime, "Handler": f.spec.Handler,
		"Role": f.spec.RoleARN, "Timeout": int(f.spec.Timeout.Seconds()), "MemorySize": f.spec.MemoryMB, "Version": "$LATEST",
		"PackageType": "Zip", "State": "Active", "LastUpdateStatus": "Successful",
		"Environment":   map[string]any{"Variables": f.spec.Environment},
		"LoggingConfig": map[string]any{"LogFormat": "JSON", "LogGroup": f.spec.LogGroup},
	}
}

func (s *Service) list(w http.ResponseWriter, c *awshttp.Call) {
	if err := c.Allow("lambda:ListFunctions", "*", nil); err != nil {
		fail(w, err)
		return
	}
	out := []any{}
	for _, spec := range s.cfg.Functions {
		out = append(out, s.configuration(s.functions[spec.Name]))
	}
	answer(w, map[string]any{"Functions": out})
}

func (s *Service) describe(w http.ResponseWriter, c *awshttp.Call, name string, whole bool) {
	f, arn, _, err := s.find(name)
	if err != nil {
		fail(w, err)
		return
	}
	action := "lambda:GetFunctionConfiguration"
	if whole {
		action = "lambda:GetFunction"
	}
	if err := c.Allow(action, arn, nil); err != nil {
		fail(w, err)
		return
	}
	conf := s.configuration(f)
	if whole {
		answer(w, map[string]any{"Configuration": conf, "Code": map[string]any{"RepositoryType": "local", "Location": f.spec.CodeURI}})
		return
	}
	answer(w, conf)
}
