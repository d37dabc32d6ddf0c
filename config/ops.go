package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Ops is the listener with metrics and profiles.
type Ops struct {
	Addr string // host:port; 0 as the port asks the system for a free one; empty: there is no listener
	// Named says that OPS_ADDR has the address. The default's may be in use, by
	// another instance or by Prometheus itself: that keeps nobody from starting.
	Named bool
}

// ops reads OPS_ADDR.
func (r *reader) ops(production bool) Ops {
	const good = "127.0.0.1:9090, 0.0.0.0:9090 for every interface, or off"
	fallback := "off"
	if production {
		fallback = "127.0.0.1:9090"
	}
	value := r.text("OPS_ADDR", fallback)
	if strings.EqualFold(value, "off") {
		return Ops{}
	}
	host, port, err := net.SplitHostPort(value)
	if number, numberErr := strconv.ParseUint(port, 10, 16); err != nil || numberErr != nil || strconv.FormatUint(number, 10) != port || !validHost(strings.ToLower(host)) {
		r.fail("OPS_ADDR", fmt.Sprintf("%.80q is not HOST:PORT", value), good)
		return Ops{}
	}
	if !thisMachine(host) {
		r.warn("OPS_ADDR=%s: whoever reaches that address reads metrics and profiles without signing in", value)
	}
	return Ops{value, r.get("OPS_ADDR") != ""}
}
