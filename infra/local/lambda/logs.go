package lambda

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	keepLines  = 1000      // of each function, in memory
	maxLine    = 256 << 10 // as one CloudWatch Logs event
	maxTail    = 4 << 10   // of LogType Tail
	maxLogFile = 32 << 20  // then the file is renamed to .1 and begun anew
)

// logs keeps what a function's processes write.
type logs struct {
	path string
	name string

	mu    sync.Mutex
	lines []string // ring
	next  int
	file  *os.File
	size  int64
}

func newLogs(dir, name string) *logs {
	return &logs{path: filepath.Join(dir, "logs", name+".log"), name: name}
}

func (l *logs) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < keepLines {
		l.lines = append(l.lines, line)
	} else {
		l.lines[l.next] = line
		l.next = (l.next + 1) % keepLines
	}
	l.write(line)
	if slog.Default().Enabled(context.Background(), slog.LevelDebug) {
		slog.Debug("function", "function", l.name, "line", line)
	}
}

// write appends to the file; a log that cannot be written is no reason to fail a call.
func (l *logs) write(line string) {
	if l.file == nil {
		if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
			return
		}
		f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return
		}
		if st, err := f.Stat(); err == nil {
			l.size = st.Size()
		}
		l.file = f
	}
	n, _ := l.file.WriteString(time.Now().UTC().Format("2006-01-02T15:04:05.000Z ") + line + "\n")
	if l.size += int64(n); l.size > maxLogFile {
		_ = l.file.Close()
		_ = os.Rename(l.path, l.path+".1")
		l.file = nil
	}
}

func (l *logs) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append([]string(nil), l.lines[l.next:]...), l.lines[:l.next]...)
}

func (l *logs) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}

// Logs gives the last lines that a function's processes wrote, oldest first. name is
// the function's logical id, name or ARN.
func (s *Service) Logs(name string) []string {
	for _, f := range s.functions {
		if f.spec.LogicalID == name {
			return f.logs.all()
		}
	}
	if f, _, _, err := s.find(name); err == nil {
		return f.logs.all()
	}
	return nil
}

// lineWriter cuts a process's output into lines.
type lineWriter struct {
	to  *instance
	buf []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	for {
		i := bytes.IndexByte(w.buf, '\n')
		if i < 0 {
			if len(w.buf) > maxLine {
				w.flush()
			}
			return len(p), nil
		}
		w.to.line(string(w.buf[:i]))
		w.buf = append(w.buf[:0], w.buf[i+1:]...)
	}
}

func (w *lineWriter) flush() {
	if len(w.buf) > 0 {
		w.to.line(string(w.buf))
		w.buf = nil
	}
}
