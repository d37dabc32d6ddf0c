//go:build unix

package database

import (
	"crypto/tls"
	"net"
	"syscall"
)

// arrived reports whether something waits to be read on an idle connection, or its
// end. It reads nothing and costs a thousandth of a request.
func arrived(conn net.Conn) bool {
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	quiet := false
	err = raw.Control(func(fd uintptr) { // not Read, which would wait for another reader
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		quiet = err == syscall.EAGAIN
	})
	return err != nil || !quiet
}
