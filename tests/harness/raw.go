package harness

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// RawTimeout is how long a test waits for a server that should have closed the
// connection long before.
const RawTimeout = 20 * time.Second

// LastRequest is a request after which the server closes the connection.
const LastRequest = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

// Dial opens a bare TCP connection, and closes it when the test ends.
func Dial(t testing.TB, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(RawTimeout)); err != nil {
		t.Fatal(err)
	}
	return connection
}

// Address is where the server speaks plain HTTP, as host:port.
func (s *Server) Address() string { return strings.TrimPrefix(s.PlainURL, "http://") }

// Exchange writes bytes as they are, and [LastRequest] after them, and returns
// every answer that comes until the connection is closed.
func (s *Server) Exchange(t testing.TB, text string) (answers []Answer) {
	t.Helper()
	connection := Dial(t, s.Address())
	go func() { _, _ = io.WriteString(connection, text+LastRequest) }() // the server may close before it has read everything
	for reader := bufio.NewReader(connection); ; {
		if _, err := reader.Peek(1); err != nil {
			return answers
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, Read(t, response))
	}
}

// RawRequest is a request without a body as text, with these header lines.
func RawRequest(method, path string, header ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(append(header, "", ""), "\r\n")
}
