package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/deskhand/deskhand/shared/cost"
)

//go:embed assumed.json
var assumedFile []byte

// assumed is what cannot be counted on one machine.
type assumed struct {
	Note         string             `json:"note"`
	InvocationMs float64            `json:"invocationMs"`
	CallMs       map[string]float64 `json:"callMs"`
	OtherCallMs  float64            `json:"otherCallMs"`
	Model        struct {
		Ms, TokensIn, TokensOut float64
		Note                    string
	} `json:"model"`
	HTTPMs float64 `json:"httpMs"`
}

func assume() (a assumed, err error) {
	d := json.NewDecoder(bytes.NewReader(assumedFile))
	d.DisallowUnknownFields()
	return a, d.Decode(&a)
}

// seconds that a phase runs: its invocations, and the calls they wait for.
func (a assumed) seconds(u *use) float64 {
	ms := float64(total(u.invocations)) * a.InvocationMs
	for call, n := range u.calls {
		each, ok := a.CallMs[call]
		if !ok {
			each = a.OtherCallMs
		}
		ms += each * float64(n)
	}
	return ms / 1000
}

// queueRequests of one message: EventBridge sends it, Lambda's poller receives and
// deletes it. One invocation of dispatch is one message at the least rate there is; at
// higher rates a batch takes fewer.
const queueRequests = 3

// units is what phases took, in the items that are billed. memory is megabytes by function.
func units(byPhase map[string]*use, a assumed, memory map[string]int) cost.Use {
	out := cost.Use{}
	for phase, u := range byPhase {
		out[cost.LambdaRequest] += float64(total(u.invocations))
		function := phase
		if phase == "run" {
			function = "act" // reach has the same
		}
		out[cost.LambdaGBSecond] += a.seconds(u) * float64(memory[function]) / 1024
		out[cost.ReadUnit] += u.rru
		out[cost.WriteUnit] += u.wru
		for call, n := range u.calls {
			if k := billed(call); k != "" {
				out[k] += float64(n)
			}
		}
		if phase == "dispatch" {
			out[cost.QueueRequest] += queueRequests * float64(total(u.invocations))
		}
		if phase == "approve" {
			out[cost.HTTPRequest] += float64(total(u.invocations))
		}
	}
	return out
}

// billed is the item that a call is billed as, beyond request units.
func billed(call string) cost.Item {
	service, action, _ := strings.Cut(call, " ")
	switch {
	case service == "s3" && action == "GetObject":
		return cost.ObjectGet
	case service == "s3" && (action == "PutObject" || action == "ListBucket"):
		return cost.ObjectPut
	case service == "ses":
		return cost.MailOut
	case service == "events":
		return cost.BusEvent // relay puts an event at a time at the least rate
	case service == "sqs":
		return cost.QueueRequest
	}
	return ""
}
