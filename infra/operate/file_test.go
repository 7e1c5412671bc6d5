package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const parcels = "infra/operate/testdata/parcels"

// workshop is a copy of the workflow files that a test may change.
func workshop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, parcels))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit replaces text in a file, which must be there.
func edit(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q:\n%s", path, old, text)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLint(t *testing.T) {
	out, code := operate(t, "lint", "DIR="+parcels, "STACK=")
	says(t, out, code, 0, `search.json: warning: begin /nodes/0/params/detail/place`, `3 workflows: no errors, 1 warning`)
	for _, c := range []struct{ name, file, old, new, want string }{
		{"an unknown group", "lost-parcel.json", `{"group": "drivers"}`, `{"group": "pilots"}`, `lost-parcel.json: error: tell /nodes/2/params/to/group: .*pilots`},
		{"an unknown inbox is nobody's", "desk.json", `"slug": "drivers"`, `"slug": "riders"`, `lost-parcel.json: error: tell .*drivers`},
		{"an edge to nowhere", "lost-parcel.json", `"from": "excuse", "to": "tell"`, `"from": "excuse", "to": "shout"`, `error: excuse .*shout`},
		{"a circle", "found-parcel.json", `"set", "params": {"values": {"where": "{{detail.place}}"}}`, `"event.emit", "params": {"detailType": "parcel.found", "detail": {"place": "here"}}`, `found-parcel.json: warning: .*starts this workflow again`},
		{"a member that is misspelt", "lost-parcel.json", `"enabled"`, `"enabeld"`, `this is no workflow file: .*enabeld`},
		{"no definition", "lost-parcel.json", `"definition"`, `"draft"`, `name and definition are needed`},
		{"no JSON", "lost-parcel.json", `{`, `[`, `lost-parcel.json: this is no workflow file`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := workshop(t)
			edit(t, filepath.Join(dir, c.file), c.old, c.new)
			out, code := operate(t, "lint", "DIR="+dir, "STACK=")
			wantCode := 1
			if strings.Contains(c.want, "warning") {
				wantCode = 0
			}
			says(t, out, code, wantCode, c.want)
		})
	}
}

func TestExamples(t *testing.T) {
	out, code := operate(t, "test", "DIR="+parcels, "STACK=")
	says(t, out, code, 0, `ok +\S+lost-parcel.json: by night the customer gets an answer first`, `6 examples\n`)
	for _, c := range []struct{ name, old, new, want string }{
		{"another path", `["closed", "tell"]`, `["closed", "excuse"]`, `path is closed → tell, want closed → excuse`},
		{"another verdict", `{"matches": false, "path": []}`, `{"matches": true}`, `matches is false, want true \(conditions: message.text contains`},
		{"another status", `{"matches": true, "status": "succeeded"`, `{"status": "failed"`, `status is "succeeded", want "failed"`},
		{"other params", `"Lost: P7"`, `"Lost: P8"`, `subject of tell is "Lost: P7", want "Lost: P8"`},
		{"a node that is not reached", `"params": {"tell"`, `"params": {"excuse"`, `excuse was not reached`},
		{"nothing expected", `{"matches": false, "path": []}`, `{}`, `it expects nothing`},
		{"an event of another type", `"type": "message.received", "time": "2026-03-03T10:00:00Z"`, `"type": "parcel.found"`, `the event is parcel.found, and the trigger takes message.received`},
		{"a result of no node", `"steps": {"tell"`, `"steps": {"shout"`, `there is no such node`},
		{"a definition with errors", `{"group": "drivers"}`, `{"group": "pilots"}`, `it has errors: lint says which`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := workshop(t)
			edit(t, filepath.Join(dir, "lost-parcel.json"), c.old, c.new)
			out, code := operate(t, "test", "DIR="+dir, "STACK=")
			says(t, out, code, 1, `FAIL .*lost-parcel.json`, c.want, `1 of .* failed`)
		})
	}
}

// TestImportExport takes files to the desk, and back again.
func TestImportExport(t *testing.T) {
	defer func() {
		var list struct{ Items []struct{ ID string } }
		rest(t, "GET", "/v1/workflows", nil, &list)
		var ids []string
		for _, w := range list.Items {
			ids = append(ids, w.ID)
		}
		gone(t, ids...)
		rest(t, "DELETE", "/v1/inboxes/depot", nil, nil)
		rest(t, "DELETE", "/v1/groups/drivers", nil, nil)
	}()
	dir := workshop(t)
	lost := filepath.Join(dir, "lost-parcel.json")

	out, code := operate(t, "diff", "DIR="+dir)
	says(t, out, code, 1, `"Lost parcel" is not on the desk`, `3 of 3 workflows differ`)
	out, code = operate(t, "import", "DIR="+dir)
	says(t, out, code, 0, `desk.json: 1 inboxes, 1 groups`, `lost-parcel.json +wf_\w+ +draft saved\n`)
	out, code = operate(t, "import", "DIR="+dir, "PUBLISH=1")
	says(t, out, code, 0, `lost-parcel.json +wf_\w+ +version 1 published, enabled\n`, `found-parcel.json +wf_\w+ +unchanged\n`)
	out, code = operate(t, "import", "DIR="+dir, "PUBLISH=1")
	says(t, out, code, 0, `lost-parcel.json +wf_\w+ +unchanged\n`, `search.json +wf_\w+ +unchanged\n`)
	out, code = operate(t, "diff", "DIR="+dir)
	says(t, out, code, 1, `search.json: Search`, `~ begin /params/workflow: "wf_01M\w+" → "wf_01KPARCE`, `1 of 3 workflows differ`) // the id is of another desk

	back := t.TempDir()
	out, code = operate(t, "export", "DIR="+back)
	says(t, out, code, 0, `lost-parcel.json  enabled\n`, `found-parcel.json  never published\n`, `3 workflows, 1 inbox, 1 group and the settings are in `)
	out, code = operate(t, "diff", "DIR="+back)
	says(t, out, code, 0, `3 workflows, no differences`)
	out, code = operate(t, "lint", "DIR="+back)
	says(t, out, code, 0, `3 workflows: no errors`)
	out, code = operate(t, "diff "+filepath.Join(back, "lost-parcel.json")+" "+lost)
	says(t, out, code, 0, `They do the same`)

	t.Run("a change in the file", func(t *testing.T) {
		edit(t, lost, `Lost: {{message.subject}}`, `LOST: {{message.subject}}`)
		out, code := operate(t, "diff "+lost)
		says(t, out, code, 1, `~ tell /params/subject: "Lost: {{message.subject}}" → "LOST: {{message.subject}}"`)
		out, code = operate(t, "import", "DIR="+dir, "PUBLISH=1")
		says(t, out, code, 0, `lost-parcel.json +wf_\w+ +draft saved, version 2 published\n`)
	})
	t.Run("unpublished changes on the desk", func(t *testing.T) {
		var f struct {
			ID         string
			Definition json.RawMessage
		}
		text, err := os.ReadFile(filepath.Join(back, "lost-parcel.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		var w struct{ Draft struct{ Revision int } }
		rest(t, "GET", "/v1/workflows/"+f.ID, nil, &w)
		edited := strings.Replace(string(f.Definition), "not arrived", "never came", 1)
		rest(t, "PUT", "/v1/workflows/"+f.ID+"/draft", map[string]any{"definition": json.RawMessage(edited)}, nil, "If-Match", strconv.Itoa(w.Draft.Revision))
		edit(t, lost, `LOST: {{message.subject}}`, `Gone: {{message.subject}}`)
		out, code := operate(t, "import", "DIR="+dir, "PUBLISH=1")
		says(t, out, code, 1, `lost-parcel.json: the desk has unpublished changes of this workflow that the file does not know`, `search.json +wf_\w+ +unchanged`)
		out, code = operate(t, "export", "DIR="+back)
		says(t, out, code, 0, `lost-parcel.json  enabled, with changes that are not published`)
		out, code = operate(t, "import", "DIR="+back, "PUBLISH=1")
		says(t, out, code, 0, `lost-parcel.json +`+f.ID+` +unchanged`)
		out, code = operate(t, "import", "DIR="+dir, "PUBLISH=1", "FORCE=1")
		says(t, out, code, 0, `lost-parcel.json +`+f.ID+` +draft saved, version 3 published`)
		out, code = operate(t, "import", "DIR="+back, "PUBLISH=1", "FORCE=1")
		says(t, out, code, 0, `lost-parcel.json +`+f.ID+` +draft saved, version 4 published, unpublished changes saved`)
		out, code = operate(t, "export", "DIR="+back)
		says(t, out, code, 0, `lost-parcel.json  enabled, with changes that are not published`)
		if text, err := os.ReadFile(filepath.Join(back, "lost-parcel.json")); err != nil || !strings.Contains(string(text), "never came") || !strings.Contains(string(text), "not arrived") {
			t.Errorf("the export holds not both: %v\n%s", err, text)
		}
	})
	t.Run("backup", func(t *testing.T) {
		to := t.TempDir()
		out, code := operate(t, "backup", "DIR="+to)
		says(t, out, code, 0, `table  deskhand-Table-\w+: can be restored to any second from`, `bucket deskhand-bucket-`, `3 workflows, 1 inbox, 1 group and the settings are in `+to)
		if _, err := os.Stat(filepath.Join(to, "search.json")); err != nil {
			t.Error(err)
		}
	})
	t.Run("restore", func(t *testing.T) {
		out, code := operate(t, "restore")
		says(t, out, code, 0, `restore-table-to-point-in-time --source-table-name deskhand-Table-\w+ `, `make import STACK=deskhand`)
	})
}
