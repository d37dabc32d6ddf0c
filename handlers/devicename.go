package handlers

import (
	"strings"
	"unicode"

	"github.com/mileusna/useragent"
)

// deviceName makes a readable name of a User-Agent: "Chrome on Windows",
// "curl". It is a hint for people; a client can claim to be any device.
func deviceName(userAgent string) string {
	agent := useragent.Parse(userAgent)
	name, system := strings.TrimSpace(agent.Name), strings.TrimSpace(agent.OS)
	switch {
	case !strings.ContainsFunc(name+system, unicode.IsLetter): // nothing a person could read
		return "Unknown device"
	case name != "" && system != "":
		return name + " on " + system
	}
	return name + system
}
