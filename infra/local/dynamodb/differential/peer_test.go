package differential_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// missing says what the comparison lacks: a skip, but a failure in CI.
func missing(tb testing.TB, format string, args ...any) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf(format, args...)
	}
	tb.Skipf("NOT COMPARED WITH AMAZON'S DYNAMODB LOCAL: "+format, args...)
}

// jars has Maven copy DynamoDB Local into the user's cache, once per pom.
func jars(tb testing.TB) string {
	tb.Helper()
	pom, err := os.ReadFile("testdata/pom.xml")
	if err != nil {
		tb.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		missing(tb, "no cache folder: %v", err)
	}
	sum := sha256.Sum256(pom)
	folder := filepath.Join(cache, "deskhand", "dynamodb-local-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		missing(tb, "Maven is not installed (apt-get install maven)")
	}
	// Copied beside and renamed, so that a broken download leaves nothing behind.
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		missing(tb, "%v", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(folder), "fresh-")
	if err != nil {
		missing(tb, "%v", err)
	}
	defer os.RemoveAll(fresh)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", "testdata/pom.xml",
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+fresh).CombinedOutput()
	if err != nil {
		missing(tb, "Maven could not fetch DynamoDB Local: %v\n%s", err, out)
	}
	if err := os.Rename(fresh, folder); err != nil {
		if _, there := os.Stat(folder); there != nil { // else another test was first
			missing(tb, "%v", err)
		}
	}
	return folder
}

// startPeer runs DynamoDB Local in memory on a free port of loopback and gives its URL.
func startPeer(tb testing.TB) string {
	tb.Helper()
	if _, err := exec.LookPath("java"); err != nil {
		missing(tb, "Java is not installed (apt-get install default-jre-headless; 17 or later)")
	}
	lib := jars(tb)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	var log bytes.Buffer
	cmd := exec.Command("java", "-Xmx1g", "-Djava.library.path="+lib, "-cp", filepath.Join(lib, "*"),
		"com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-disableTelemetry", "-port", strconv.Itoa(port))
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		missing(tb, "Java does not start: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			return url
		}
		select {
		case <-tick.C:
		case <-ended:
			missing(tb, "DynamoDB Local ended at once:\n%s", log.String())
		case <-late:
			missing(tb, "DynamoDB Local did not answer within a minute")
		}
	}
}

// answer is one side's answer; Body without the error's own members.
type answer struct {
	Status  int
	Code    string // of an error, without its namespace
	Message string
	Body    map[string]any
}

// side is one of the two endpoints.
type side struct {
	url    string
	client *http.Client
	key    string // the access key; DynamoDB Local keeps a database for each
}

// call sends one request as the SDKs do; neither side verifies signatures.
func (s side) call(service, action string, in any) (answer, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-Amz-Target", service+"_20120810."+action)
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+s.key+"/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00")
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: resp.StatusCode}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&a.Body); err != nil {
		return answer{}, fmt.Errorf("%s answers %q: %w", action, raw, err)
	}
	if a.Status >= 300 {
		code, _ := a.Body["__type"].(string)
		a.Code = code[bytes.LastIndexByte([]byte(code), '#')+1:]
		for _, k := range []string{"Message", "message"} {
			if m, ok := a.Body[k].(string); ok {
				a.Message = m
			}
			delete(a.Body, k)
		}
		delete(a.Body, "__type")
	}
	return a, nil
}
