package host

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/smithy-go/logging"

	"github.com/deskhand/deskhand/shared/trail"
)

// Log makes the log of the process: JSON lines on w, at the level that the template's
// LoggingConfig asks for. The metrics go the same way.
func Log(w io.Writer) {
	out = &lines{w: w}
	w = out
	level := slog.LevelInfo
	if text := os.Getenv("AWS_LAMBDA_LOG_LEVEL"); text != "" {
		_ = level.UnmarshalText([]byte(text)) // one that Go does not know, as FATAL, leaves INFO: Lambda sifts what is written
	}
	slog.SetDefault(trail.Log(w, level).With("function", os.Getenv("AWS_LAMBDA_FUNCTION_NAME")))
	log.SetFlags(0)
	log.SetOutput(runtimeLines{})
}

// out is where lines go, whoever writes them.
var out = &lines{w: os.Stdout}

// lines keeps lines whole.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

// sdkLine takes what the AWS SDK has to say into the log.
func sdkLine(kind logging.Classification, format string, args ...any) {
	if kind == logging.Warn {
		slog.Warn("AWS SDK", "error", fmt.Sprintf(format, args...))
		return
	}
	slog.Debug("AWS SDK", "text", fmt.Sprintf(format, args...))
}

// said is the message of the last error that was answered.
var said atomic.Value

// runtimeLines takes what the Lambda library writes with package log: every error that an
// invocation is answered with, as it goes out. Fail has written those already, safely.
type runtimeLines struct{}

func (runtimeLines) Write(line []byte) (int, error) {
	var e struct {
		Message *string `json:"errorMessage"`
		Type    string  `json:"errorType"`
	}
	switch err := json.Unmarshal(line, &e); {
	case err != nil || e.Message == nil:
		slog.Warn(strings.TrimSpace(string(line)))
	case said.Swap("") != *e.Message:
		slog.Error("failed", "name", e.Type, "error", *e.Message)
	}
	return len(line), nil
}
