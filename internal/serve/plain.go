package serve

import (
	"log/slog"
	"net"
	"sync"
)

// plain is a listener for plain HTTP. Once it logs that a client speaks HTTPS to
// it, whom net/http answers in clear with 400, and of whom it logs nothing.
type plain struct {
	net.Listener
	log  *slog.Logger
	once sync.Once
}

// Accept implements net.Listener.
func (l *plain) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: connection, listener: l}, nil
}

func (l *plain) hint(from net.Addr) {
	l.once.Do(func() {
		l.log.Warn("a client speaks HTTPS to this plain HTTP port: use http:// here, or set TLS_CERT_FILE or ACME_DOMAINS, or put a proxy in front",
			slog.String("from", from.String()))
	})
}

const tlsHandshake = 22 // the first byte of a TLS connection (RFC 8446 §5.1), and of no HTTP request

// plainConn looks at the first byte.
type plainConn struct {
	net.Conn
	listener *plain
	seen     bool
}

// Read implements net.Conn.
func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.seen {
		c.seen = true
		if p[0] == tlsHandshake {
			c.listener.hint(c.RemoteAddr())
		}
	}
	return n, err
}

// CloseWrite lets net/http send a refusal whole to a client that still writes.
func (c *plainConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
