package cfn

import (
	"errors"
	"fmt"
)

// rules holds the parameters to the template's Rules, before anything is made of them.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
func (sc *scope) rules() error {
	var errs []error
	for _, name := range sortedKeys(sc.template.rules) {
		r, ok := sc.template.rules[name].(map[string]any)
		if !ok {
			return fmt.Errorf("rule %s must be a map", name)
		}
		if when, ok := r["RuleCondition"]; ok {
			holds, err := sc.logic(when)
			if err != nil {
				return fmt.Errorf("rule %s: RuleCondition: %w", name, err)
			}
			if !holds {
				continue
			}
		}
		list, ok := r["Assertions"].([]any)
		if !ok || len(list) == 0 {
			return fmt.Errorf("rule %s has no Assertions", name)
		}
		for i, a := range list {
			m, _ := a.(map[string]any)
			holds, err := sc.logic(m["Assert"])
			if err != nil {
				return fmt.Errorf("rule %s: Assertions[%d]: %w", name, i, err)
			}
			if !holds {
				errs = append(errs, fmt.Errorf("rule %s: %v", name, m["AssertDescription"]))
			}
		}
	}
	return errors.Join(errs...)
}
