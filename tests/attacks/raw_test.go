package attacks

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const rawTimeout = 20 * time.Second // of a server that should have closed the connection long ago

// dial opens a bare TCP connection to the server.
func dial(t *testing.T, server *harness.Server) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(rawTimeout)); err != nil {
		t.Fatal(err)
	}
	return connection
}

func address(server *harness.Server) string {
	return strings.TrimPrefix(server.PlainURL, "http://")
}

// last is a request behind which the server closes the connection.
const last = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

// exchange writes bytes as they are, and last behind them, and returns every
// answer that comes until the connection is closed.
func exchange(t *testing.T, server *harness.Server, text string) []harness.Answer {
	t.Helper()
	connection := dial(t, server)
	go func() { _, _ = io.WriteString(connection, text+last) }() // the server may close before it has read everything
	var answers []harness.Answer
	for reader := bufio.NewReader(connection); ; {
		if _, err := reader.Peek(1); err != nil {
			return answers
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, harness.Read(t, response))
	}
}

// get is one whole request with these header lines.
func get(path string, header ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(append(header, "", ""), "\r\n")
}
