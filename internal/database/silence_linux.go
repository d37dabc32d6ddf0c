package database

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// boundSilence makes the system close a connection on which the other end has not
// confirmed what was sent for as long as a statement may take. Keepalive does
// nothing while something is on its way. Source: tcp(7), TCP_USER_TIMEOUT.
func boundSilence(network, _ string, conn syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failure error
	err := conn.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(timeout.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failure
}
