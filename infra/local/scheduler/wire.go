package scheduler

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// ServeAWS answers one call of the REST JSON protocol.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	v, err := s.serve(c)
	if err != nil {
		e := awshttp.AsError(err)
		if e.Code == "AccessDeniedException" {
			e.Status = http.StatusForbidden
		}
		err = e
	}
	awshttp.WriteJSON(w, "application/json", v, err)
}

func (s *Service) serve(c *awshttp.Call) (any, error) {
	path := c.HTTP.URL.EscapedPath()
	if path == "/schedules" && c.HTTP.Method == http.MethodGet {
		return s.listSchedules(c)
	}
	escaped, ok := strings.CutPrefix(path, "/schedules/")
	name, err := url.PathUnescape(escaped)
	if ok && err == nil {
		switch c.HTTP.Method {
		case http.MethodPost:
			return s.put(c, "scheduler:CreateSchedule", name)
		case http.MethodPut:
			return s.put(c, "scheduler:UpdateSchedule", name)
		case http.MethodGet:
			return s.getSchedule(c, name)
		case http.MethodDelete:
			return s.deleteSchedule(c, name)
		}
	}
	return nil, &awshttp.Error{Code: "UnknownOperationException", Status: http.StatusNotFound,
		Message: "the local stack does not play scheduler " + c.HTTP.Method + " " + path}
}

func notFound(name string) error {
	return &awshttp.Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Schedule " + name + " does not exist."}
}

// put is CreateSchedule and UpdateSchedule, which replaces the whole schedule.
func (s *Service) put(c *awshttp.Call, action, name string) (any, error) {
	var in struct {
		Schedule
		ClientToken string
	}
	dec := json.NewDecoder(bytes.NewReader(c.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, invalid("the local stack does not take this schedule: %s", err)
	}
	in.Name = name
	if err := c.Allow(action, s.arn(name), nil); err != nil {
		return nil, err
	}
	if in.Target != nil {
		if err := c.Allow("iam:PassRole", in.Target.RoleArn, map[string]string{"iam:PassedToService": "scheduler.amazonaws.com"}); err != nil {
			return nil, err
		}
	}
	now := s.cfg.Clock.Now()
	r := &record{Schedule: in.Schedule, Token: in.ClientToken, Created: now, Modified: now}
	var err error
	if r.expression, err = r.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.list[name]
	if action == "scheduler:CreateSchedule" && old != nil {
		if in.ClientToken != "" && old.Token == in.ClientToken {
			return map[string]string{"ScheduleArn": s.arn(name)}, nil
		}
		return nil, &awshttp.Error{Code: "ConflictException", Status: http.StatusConflict, Message: "Schedule " + name + " already exists."}
	}
	if action == "scheduler:UpdateSchedule" {
		if old == nil {
			return nil, notFound(name)
		}
		if old.template {
			return nil, invalid("Schedule %s is the template's: change it in template.yaml", name)
		}
		r.Created, r.Token = old.Created, old.Token
	}
	if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error { return disk.PutJSON(tx.Bucket([]byte(schedulesBucket)), name, r) }); err != nil {
		return nil, err
	}
	s.list[name] = r
	return map[string]string{"ScheduleArn": s.arn(name)}, s.arm(r)
}

func (s *Service) find(c *awshttp.Call, action, name string) (*record, error) {
	if err := c.Allow(action, s.arn(name), nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.list[name]
	if g := c.HTTP.URL.Query().Get("groupName"); r == nil || g != "" && g != defaultGroup {
		return nil, notFound(name)
	}
	return r, nil
}

func (s *Service) getSchedule(c *awshttp.Call, name string) (any, error) {
	r, err := s.find(c, "scheduler:GetSchedule", name)
	if err != nil {
		return nil, err
	}
	return struct {
		Schedule
		Arn                                string
		CreationDate, LastModificationDate float64
	}{r.Schedule, s.arn(name), seconds(r.Created), seconds(r.Modified)}, nil
}

func (s *Service) deleteSchedule(c *awshttp.Call, name string) (any, error) {
	r, err := s.find(c, "scheduler:DeleteSchedule", name)
	if err != nil {
		return nil, err
	}
	if r.template {
		return nil, invalid("Schedule %s is the template's: take it out of template.yaml", name)
	}
	return nil, s.drop(r)
}

func (s *Service) listSchedules(c *awshttp.Call) (any, error) {
	q := c.HTTP.URL.Query()
	if err := c.Allow("scheduler:ListSchedules", s.arn("*"), nil); err != nil {
		return nil, err
	}
	limit := 100
	if v := q.Get("MaxResults"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 100 {
			return nil, invalid("MaxResults is 1 to 100")
		}
		limit = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for n, r := range s.list {
		if g := q.Get("ScheduleGroup"); strings.HasPrefix(n, q.Get("NamePrefix")) && n > q.Get("NextToken") &&
			(g == "" || g == defaultGroup) && (q.Get("State") == "" || q.Get("State") == r.State) {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	out := map[string]any{}
	if len(names) > limit {
		names = names[:limit]
		out["NextToken"] = names[limit-1]
	}
	list := []map[string]any{}
	for _, n := range names {
		r := s.list[n]
		list = append(list, map[string]any{"Arn": s.arn(n), "Name": n, "GroupName": r.GroupName, "State": r.State,
			"CreationDate": seconds(r.Created), "LastModificationDate": seconds(r.Modified), "Target": map[string]string{"Arn": r.Target.Arn}})
	}
	out["Schedules"] = list
	return out, nil
}
