package desk

import "github.com/deskhand/deskhand/shared/failing"

// Inbox is an address that customers write to.
type Inbox struct {
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Address string `json:"address"` // lower case; mail to local+anything@domain is mail to it
}

// Group is a team: its members are who gets what is assigned or notified to it.
type Group struct {
	Slug    string   `json:"slug"`
	Name    string   `json:"name"`
	Members []string `json:"members"` // lower-case addresses
	Manager string   `json:"manager,omitempty"`
}

// Settings of the whole desk.
type Settings struct {
	Timezone   string            `json:"timezone"`
	Hours      []Hour            `json:"hours"`
	Automation string            `json:"automation"` // "on", or "off", which stops every start
	Caps       *Caps             `json:"caps,omitempty"`
	Failures   *failing.Settings `json:"failures,omitempty"` // of workflows that say nothing else
	Retention  *Retention        `json:"retention,omitempty"`
	Revision   int               `json:"-"`
}

// Hour is one stretch of opening time.
type Hour struct {
	Days []string `json:"days"` // mon … sun
	From string   `json:"from"` // 09:00
	To   string   `json:"to"`   // 17:00
}

// DefaultSettings hold until somebody changes them.
func DefaultSettings() Settings {
	return Settings{Timezone: "UTC", Automation: "on",
		Hours: []Hour{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "17:00"}}}
}
