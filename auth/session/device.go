package session

import (
	"strings"
	"unicode"

	"github.com/mileusna/useragent"
)

// Device is what a client says of itself. It is shown to the user and never
// trusted.
type Device struct {
	UserAgent string
	IP        string
}

// Name makes a readable name of the User-Agent: "Chrome on Windows", "curl". It
// is a hint for people; a client can claim to be any device.
func (d Device) Name() string {
	agent := useragent.Parse(d.UserAgent)
	name, system := strings.TrimSpace(agent.Name), strings.TrimSpace(agent.OS)
	switch {
	case !strings.ContainsFunc(name+system, unicode.IsLetter): // nothing a person could read
		return "Unknown device"
	case name != "" && system != "":
		return name + " on " + system
	}
	return name + system
}
