package main

import "github.com/deskhand/deskhand/shared/cost"

// dollars of what was counted, at the prices of shared/cost. The time that functions
// run, mail, queues, the bus and the bucket come on top.
func (u *use) dollars(transitions int) float64 {
	return cost.Use{cost.Transition: float64(transitions), cost.WriteUnit: u.wru, cost.ReadUnit: u.rru, cost.LambdaRequest: float64(total(u.invocations))}.Dollars()
}

// dollars of all phases together.
func dollars(byPhase map[string]*use) float64 {
	sum := newUse()
	for _, u := range byPhase {
		sum.add(u)
	}
	return sum.dollars(0)
}
