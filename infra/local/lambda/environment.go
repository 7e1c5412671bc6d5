package lambda

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// reserved are the variables that a template cannot set.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
var reserved = map[string]bool{
	"_HANDLER": true, "_X_AMZN_TRACE_ID": true, "AWS_DEFAULT_REGION": true, "AWS_REGION": true, "AWS_EXECUTION_ENV": true,
	"AWS_LAMBDA_FUNCTION_NAME": true, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": true, "AWS_LAMBDA_FUNCTION_VERSION": true,
	"AWS_LAMBDA_INITIALIZATION_TYPE": true, "AWS_LAMBDA_LOG_GROUP_NAME": true, "AWS_LAMBDA_LOG_STREAM_NAME": true,
	"AWS_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
	"AWS_LAMBDA_RUNTIME_API": true, "LAMBDA_TASK_ROOT": true, "LAMBDA_RUNTIME_DIR": true,
}

// maxEnvironment is the size of all variables together.
const maxEnvironment = 4096

// environment is what every process of a function is started with: the template's
// variables and Lambda's own, and of the host's only PATH, HOME and TMPDIR.
func (s *Service) environment(f cfn.Function) ([]string, error) {
	var bad []string
	size := 0
	for k, v := range f.Environment {
		if reserved[k] {
			bad = append(bad, k)
		}
		size += len(k) + len(v)
	}
	if len(bad) > 0 {
		sort.Strings(bad)
		return nil, fmt.Errorf("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(bad, ", "))
	}
	if size > maxEnvironment {
		return nil, fmt.Errorf("its environment variables have %d bytes, Lambda takes %d", size, maxEnvironment)
	}
	vars := map[string]string{
		"AWS_REGION": s.cfg.Region, "AWS_DEFAULT_REGION": s.cfg.Region,
		"AWS_EXECUTION_ENV": "AWS_Lambda_" + f.Runtime, "AWS_LAMBDA_FUNCTION_NAME": f.Name,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB), "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/" + f.Name,
		"AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local", "AWS_ACCESS_KEY_ID": "local",
		"_HANDLER": f.Handler, "TZ": ":UTC", "LANG": "en_US.UTF-8",
		"PATH": os.Getenv("PATH"), "TMPDIR": os.TempDir(), "HOME": os.TempDir(),
	}
	if s.cfg.Endpoint != "" {
		vars["AWS_ENDPOINT_URL"] = s.cfg.Endpoint
	}
	if s.cfg.Auth != nil {
		vars["AWS_ACCESS_KEY_ID"] = s.cfg.Auth.AccessKey(f.RoleARN)
	}
	for k, v := range s.cfg.ExtraEnv {
		vars[k] = v
	}
	for k, v := range f.Environment {
		vars[k] = v
	}
	out := make([]string, 0, len(vars))
	for k, v := range vars {
		out = append(out, k+"="+v)
	}
	sort.Strings(out)
	return out, nil
}
