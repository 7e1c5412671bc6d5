// Package logs answers Amazon CloudWatch Logs' questions about the functions' logs, from
// the files that package lambda writes: one group for each function, with its lines and
// the wall time at which they were written.
//
// Supported: DescribeLogGroups, FilterLogEvents by time and by a pattern of words, which
// may be quoted and which all must occur.
// Not: streams, JSON and regular-expression patterns, queries, writing, retention.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/
package logs

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// Service is an awshttp.Service of the signing name "logs".
type Service struct {
	account, region string
	files           map[string]string
}

// New serves log groups: files has the file of each group, by the group's name.
func New(account, region string, files map[string]string) *Service {
	return &Service{account: account, region: region, files: files}
}

// ServeAWS answers one call of the JSON protocol.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	var v any
	var err error
	switch c.Action {
	case "DescribeLogGroups":
		v, err = s.describe(c)
	case "FilterLogEvents":
		v, err = s.filter(c)
	default:
		err = &awshttp.Error{Code: "UnknownOperationException", Message: "the local CloudWatch Logs does not support " + c.Action}
	}
	awshttp.WriteJSON(w, "application/x-amz-json-1.1", v, err)
}

func (s *Service) arn(group string) string {
	return "arn:aws:logs:" + s.region + ":" + s.account + ":log-group:" + group
}

func (s *Service) describe(c *awshttp.Call) (any, error) {
	var in struct {
		Prefix string `json:"logGroupNamePrefix"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("logs:DescribeLogGroups", s.arn("*"), nil); err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for name := range s.files {
		if strings.HasPrefix(name, in.Prefix) {
			list = append(list, map[string]any{"logGroupName": name, "arn": s.arn(name) + ":*", "logGroupArn": s.arn(name)})
		}
	}
	slices.SortFunc(list, func(a, b map[string]any) int {
		return strings.Compare(a["logGroupName"].(string), b["logGroupName"].(string))
	})
	return map[string]any{"logGroups": list}, nil
}

// most is how many events one answer has at most.
const most = 10_000

type event struct {
	Stream    string `json:"logStreamName"`
	Timestamp int64  `json:"timestamp"`
	Ingestion int64  `json:"ingestionTime"`
	Message   string `json:"message"`
	ID        string `json:"eventId"`
}

func (s *Service) filter(c *awshttp.Call) (any, error) {
	var in struct {
		Group   string `json:"logGroupName"`
		Start   int64  `json:"startTime"`
		End     int64  `json:"endTime"`
		Pattern string `json:"filterPattern"`
		Limit   int    `json:"limit"`
		Next    string `json:"nextToken"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("logs:FilterLogEvents", s.arn(in.Group)+":*", nil); err != nil {
		return nil, err
	}
	file, ok := s.files[in.Group]
	if !ok {
		return nil, &awshttp.Error{Code: "ResourceNotFoundException", Message: "The specified log group does not exist."}
	}
	words, err := terms(in.Pattern)
	if err != nil {
		return nil, err
	}
	skip := 0
	if in.Next != "" {
		if skip, err = strconv.Atoi(in.Next); err != nil || skip < 0 {
			return nil, &awshttp.Error{Code: "InvalidParameterException", Message: "The specified nextToken is invalid."}
		}
	}
	limit := most
	if in.Limit > 0 {
		limit = min(limit, in.Limit)
	}
	out := map[string]any{}
	found, n := []event{}, 0
	err = read(file, func(e event) bool {
		if e.Timestamp < in.Start || in.End > 0 && e.Timestamp >= in.End || !holds(e.Message, words) {
			return true
		}
		if n++; n <= skip {
			return true
		}
		if len(found) == limit {
			out["nextToken"] = strconv.Itoa(skip + limit)
			return false
		}
		found = append(found, e)
		return true
	})
	out["events"] = found
	return out, err
}

// read gives the lines of a file and of the one before it, oldest first, until each
// has enough.
func read(file string, each func(event) bool) error {
	n := 0
	for _, path := range []string{file + ".1", file} {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // nothing was written
		}
		if err != nil {
			return err
		}
		in := bufio.NewScanner(f)
		in.Buffer(nil, 1<<20)
		enough := false
		for !enough && in.Scan() {
			n++
			stamp, text, _ := strings.Cut(in.Text(), " ")
			at, err := time.Parse(time.RFC3339Nano, stamp)
			if err != nil {
				continue // a line that a crash cut short
			}
			enough = !each(event{"local", at.UnixMilli(), at.UnixMilli(), text, fmt.Sprintf("%056d", n)})
		}
		if err := cmp.Or(in.Err(), f.Close()); err != nil || enough {
			return err
		}
	}
	return nil
}

func holds(message string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(message, w) })
}

// terms takes a pattern of words apart: foo "two words".
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
func terms(pattern string) ([]string, error) {
	var out []string
	for rest := strings.TrimSpace(pattern); rest != ""; rest = strings.TrimSpace(rest) {
		var word string
		switch {
		case strings.ContainsRune("{[%?-", rune(rest[0])):
			return nil, &awshttp.Error{Code: "InvalidParameterException", Message: "the local CloudWatch Logs knows patterns of words only, not " + pattern}
		case rest[0] == '"':
			var closed bool
			if word, rest, closed = strings.Cut(rest[1:], `"`); !closed {
				return nil, &awshttp.Error{Code: "InvalidParameterException", Message: "Invalid filter pattern"}
			}
		default:
			word, rest, _ = strings.Cut(rest, " ")
		}
		out = append(out, word)
	}
	return out, nil
}
