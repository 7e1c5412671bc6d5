package check

import (
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// cases is a list of {id, name?, when}; the ids are outputs and so must differ. The
// conditions are checked by branchConditions.
func (p *paramChecker) cases(param workflow.Param, v any, at string) {
	list, _ := p.list(param, v, at)
	seen := map[string]bool{}
	for i, item := range list {
		here := at + workflow.Pointer(i)
		m, ok := item.(map[string]any)
		if !ok {
			p.typ(here, "each of cases", "a case with an id, and under when its condition", item)
			continue
		}
		p.onlyMembers(p.node, here, "a case", m, "id", "name", "when")
		id, ok := m["id"].(string)
		switch {
		case !ok || id == "":
			p.fail(p.node, here+"/id", "case_id", "the case has no id; give it one: it names the output")
		case !workflow.ValidID(id):
			p.fail(p.node, here+"/id", "case_id", "the case id %q must begin with a small letter and have only small letters, digits and _, at most 40", id)
		case workflow.IsReserved(id):
			p.fail(p.node, here+"/id", "reserved_id", "the case id %q is reserved (%s); choose another", id, strings.Join(workflow.Reserved, ", "))
		case seen[id]:
			p.fail(p.node, here+"/id", "duplicate_id", "another case has the id %q already; every case needs its own", id)
		}
		seen[id] = true
		if name, ok := m["name"]; ok {
			p.literalText(workflow.Param{Name: "name", Max: workflow.MaxNameLength}, name, here+"/name")
		}
		if m["when"] == nil {
			p.fail(p.node, here+"/when", "param_required", "the case has no condition; write one under when, which says on what it is taken")
		}
	}
}
