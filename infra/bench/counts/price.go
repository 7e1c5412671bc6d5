package main

// Prices on demand in us-east-1, in dollars, beyond any free tier.
const (
	perTransition = 0.025 / 1e3 // https://aws.amazon.com/step-functions/pricing/
	perWRU        = 0.625 / 1e6 // https://aws.amazon.com/dynamodb/pricing/on-demand/
	perRRU        = 0.125 / 1e6 // the same page
	perInvocation = 0.20 / 1e6  // https://aws.amazon.com/lambda/pricing/, the request alone
)

// dollars of what was counted. The time that functions run, mail, queues, the bus and
// the bucket come on top.
func (u *use) dollars(transitions int) float64 {
	return float64(transitions)*perTransition + u.wru*perWRU + u.rru*perRRU + float64(total(u.invocations))*perInvocation
}

// dollars of all phases together.
func dollars(byPhase map[string]*use) float64 {
	sum := newUse()
	for _, u := range byPhase {
		sum.add(u)
	}
	return sum.dollars(0)
}
