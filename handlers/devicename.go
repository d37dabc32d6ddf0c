package handlers

import (
	"strings"

	"github.com/mileusna/useragent"
)

// deviceName makes a readable name of a User-Agent: "Chrome on Windows",
// "curl". It is a hint for people; a client can claim to be any device.
func deviceName(userAgent string) string {
	agent := useragent.Parse(userAgent)
	name, system := strings.TrimSpace(agent.Name), strings.TrimSpace(agent.OS)
	switch {
	case name != "" && system != "":
		return name + " on " + system
	case name != "" || system != "":
		return name + system
	default:
		return "Unknown device"
	}
}
