package cfn

import (
	"errors"
	"fmt"
	"strings"
)

// cycle refuses circular dependencies as CloudFormation does, and shows one.
// References through Ref, GetAtt, Sub and DependsOn count; branches of Fn::If that are not taken do not.
func (sc *scope) cycle() error {
	edges := map[string][]string{}
	var errs []error
	for _, id := range sc.active {
		r := sc.template.resources[id]
		seen := map[string]bool{}
		add := func(to string) {
			if !seen[to] {
				seen[to] = true
				edges[id] = append(edges[id], to)
			}
		}
		for _, d := range r.dependsOn {
			if _, ok := sc.template.resources[d]; !ok {
				errs = append(errs, fmt.Errorf("resource %s: DependsOn %s: the template has no such resource", id, d))
				continue
			}
			add(d)
		}
		sc.dry = add
		_, err := sc.eval(r.properties, "resource "+id+": Properties")
		sc.dry = nil
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var path []string
	var visit func(id string) error
	visit = func(id string) error {
		switch state[id] {
		case done:
			return nil
		case open:
			for i, p := range path {
				if p == id {
					return fmt.Errorf("circular dependency between resources: %s → %s", strings.Join(path[i:], " → "), id)
				}
			}
		}
		state[id] = open
		path = append(path, id)
		for _, to := range edges[id] {
			if err := visit(to); err != nil {
				return err
			}
		}
		path = path[:len(path)-1]
		state[id] = done
		return nil
	}
	for _, id := range sc.active {
		if err := visit(id); err != nil {
			return err
		}
	}
	return nil
}
