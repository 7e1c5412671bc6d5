package check

import (
	"encoding/json"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// triggerType: the trigger has a type that exists and is available, with its params.
func triggerType(c *checker) {
	const at = "/trigger"
	t := c.def.Trigger
	switch {
	case t.Type == "":
		c.fail(workflow.TriggerID, at+"/type", "trigger_type", "the trigger has no type; choose one of %s", triggerNames())
		return
	case c.trigger == nil:
		c.fail(workflow.TriggerID, at+"/type", "trigger_type", "there is no trigger type %q; use one of %s", t.Type, triggerNames())
		return
	case !c.trigger.Available:
		c.fail(workflow.TriggerID, at+"/type", "not_available", "the trigger %s is not available yet in this version; use one of %s", t.Type, triggerNames())
	}
	given := map[string]any{}
	if t.Params != nil {
		if err := json.Unmarshal(t.Params, &given); err != nil {
			c.fail(workflow.TriggerID, at+"/params", "wrong_type", "params must be an object")
			return
		}
	}
	p := paramChecker{checker: c, node: workflow.TriggerID, at: at + "/params", what: "the trigger " + t.Type}
	p.all(c.trigger.Params, given)
}

func triggerNames() string {
	var names []string
	for _, k := range workflow.TheCatalog.Triggers {
		if k.Available {
			names = append(names, k.Type)
		}
	}
	return strings.Join(names, ", ")
}
