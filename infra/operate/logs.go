package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// pollLogs is between two looks at all groups: with ten of them about three calls a
// second, below the quota of FilterLogEvents (five in the smallest Regions).
const pollLogs = 3 * time.Second

// late is how much later than its time a line may turn up.
const late = 20 * time.Second

// logGroup is one function's.
type logGroup struct{ function, name string }

// logs shows the logs of all functions as one. With ID only lines that name it, and of a
// run also those that name its event; then it ends, unless FOLLOW=1.
func logs(ctx context.Context, p *place, _ []string) error {
	groups, err := p.logGroups(ctx)
	if err != nil {
		return err
	}
	id := os.Getenv("ID")
	follow, since := on("FOLLOW") || id == "" && os.Getenv("FOLLOW") == "", 10*time.Minute
	if id != "" {
		since = 24 * time.Hour
	}
	if s := os.Getenv("SINCE"); s != "" {
		if since, err = time.ParseDuration(s); err != nil || since <= 0 {
			return misuse{fmt.Sprintf("SINCE is %q: it is a duration, as 90m or 24h", s)}
		}
	}
	ids := p.sameStory(ctx, id)
	from := time.Now().Add(-since)
	seen := map[string]bool{}
	for first := true; first || follow; first = false {
		if !first {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pollLogs):
			}
		}
		lines, err := p.lines(ctx, groups, ids, from)
		if err != nil && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, l := range lines {
			if !seen[l.key] {
				seen[l.key] = true
				p.say("%s", l)
			}
		}
		if first && !follow {
			p.say("– %s in the last %s%s", count(len(lines), "line"), since, naming(ids))
		}
		if next := time.Now().Add(-late); next.After(from) && !first {
			from = next
		}
	}
	return nil
}

func naming(ids []string) string {
	if len(ids) == 1 && ids[0] == "" {
		return ""
	}
	return " that name " + strings.Join(ids, " or ")
}

// sameStory is the id with the event of a run: receive and dispatch know that one only.
func (p *place) sameStory(ctx context.Context, id string) []string {
	ids := []string{id}
	if !strings.HasPrefix(id, "run_") {
		return ids
	}
	var run struct{ Trigger struct{ EventID string } }
	d, err := p.desk(ctx)
	if err == nil {
		err = d.call(ctx, http.MethodGet, "/v1/runs/"+id, nil, &run)
	}
	if err != nil {
		p.say("– the run's event is not known, so lines that name only that are left out: %v", err)
		return ids
	}
	if run.Trigger.EventID != "" {
		ids = append(ids, run.Trigger.EventID)
	}
	return ids
}

func (p *place) logGroups(ctx context.Context) ([]logGroup, error) {
	if _, err := p.describe(ctx); err != nil {
		return nil, err
	}
	functions, err := p.resources(ctx, "AWS::Lambda::Function")
	if err != nil {
		return nil, err
	}
	client := lambda.NewFromConfig(p.aws)
	var out []logGroup
	for _, f := range functions {
		c, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(f.PhysicalID)})
		if err != nil {
			return nil, err
		}
		name := "/aws/lambda/" + f.PhysicalID
		if c.LoggingConfig != nil && aws.ToString(c.LoggingConfig.LogGroup) != "" {
			name = aws.ToString(c.LoggingConfig.LogGroup)
		}
		out = append(out, logGroup{strings.ToLower(strings.TrimSuffix(f.LogicalID, "Function")), name})
	}
	return out, nil
}

// line is one of a function's.
type line struct {
	at       time.Time
	function string
	text     string
	key      string
}

// lines are those from a time on that name one of the ids, in the order of their times.
func (p *place) lines(ctx context.Context, groups []logGroup, ids []string, from time.Time) ([]line, error) {
	var out []line
	seen := map[string]bool{}
	for _, g := range groups {
		for _, id := range ids {
			in := map[string]any{"logGroupName": g.name, "startTime": from.UnixMilli()}
			if id != "" {
				in["filterPattern"] = `"` + id + `"`
			}
			for {
				var page struct {
					Events []struct {
						EventID   string
						Timestamp int64
						Message   string
					}
					NextToken string
				}
				err := p.json(ctx, cloudWatchLogs, "Logs_20140328.FilterLogEvents", in, &page)
				if err != nil && strings.Contains(err.Error(), "ResourceNotFoundException") {
					break // a function that was never called has no group
				}
				if err != nil {
					return nil, err
				}
				for _, e := range page.Events {
					key := g.name + " " + e.EventID
					if !seen[key] && !ofAnother(e.Message, ids[0]) {
						seen[key] = true
						out = append(out, line{time.UnixMilli(e.Timestamp), g.function, strings.TrimRight(e.Message, "\n"), key})
					}
				}
				if page.NextToken == "" {
					break
				}
				in["nextToken"] = page.NextToken
			}
		}
	}
	slices.SortStableFunc(out, func(a, b line) int { return a.at.Compare(b.at) })
	return out, nil
}

var runID = regexp.MustCompile(`run_[0-9A-Z]{26}`)

// ofAnother tells whether a line is about other runs only, which the same event started.
func ofAnother(message, id string) bool {
	return strings.HasPrefix(id, "run_") && !strings.Contains(message, id) && runID.MatchString(message)
}

// String is the line for a person: a JSON line as its level, message and the rest.
func (l line) String() string {
	text := l.text
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) == nil {
		head := ""
		for _, name := range []string{"level", "msg", "message"} {
			if v, ok := fields[name].(string); ok {
				head += v + " "
			}
			delete(fields, name)
		}
		for _, name := range []string{"time", "timestamp", "function"} {
			delete(fields, name)
		}
		names := make([]string, 0, len(fields))
		for name := range fields {
			names = append(names, name)
		}
		sort.Strings(names)
		text = head
		for _, name := range names {
			v := fields[name]
			if _, plain := v.(string); !plain {
				b, _ := json.Marshal(v) // it was JSON before
				v = string(b)
			}
			text += fmt.Sprintf("%s=%v ", name, v)
		}
		text = strings.TrimSpace(text)
	}
	return fmt.Sprintf("%s %-8s %s", l.at.UTC().Format("15:04:05.000"), l.function, text)
}
