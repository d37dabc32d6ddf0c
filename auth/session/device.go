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

// Known is Name where the client names a widespread browser and system, and "" where
// it does not: anybody can write a sentence into a User-Agent, for the owner of an
// account to read in our mail.
func (d Device) Known() string {
	agent := useragent.Parse(d.UserAgent)
	switch agent.Name {
	case useragent.Chrome, useragent.Edge, useragent.Firefox, useragent.Opera, useragent.OperaMini, useragent.OperaTouch,
		useragent.Safari, useragent.SamsungBrowser, useragent.Vivaldi:
	default:
		return ""
	}
	switch agent.OS {
	case useragent.Android, useragent.ChromeOS, useragent.FreeBSD, useragent.Harmony, useragent.IOS, useragent.Linux, useragent.MacOS, useragent.Windows:
		return agent.Name + " on " + agent.OS
	}
	return ""
}
