package attacks

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/serve"
	"sallyport/tests/harness"
)

// shortLimits is serve.Recommended with shorter times, so that the tests end
// soon.
var shortLimits = serve.Limits{
	Header:  200 * time.Millisecond,
	Request: 400 * time.Millisecond,
	Answer:  5 * time.Second,
	Idle:    200 * time.Millisecond,
	Bytes:   serve.Recommended.Bytes,
}

// startWithShortLimits runs the program with those limits and returns its address.
func startWithShortLimits(t *testing.T) string {
	t.Helper()
	server := harness.Start(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := serve.New(server.Handler, shortLimits, slog.New(slog.DiscardHandler))
	go func() { _ = limited.Serve(listener) }()
	t.Cleanup(func() { limited.Close() })
	return listener.Addr().String()
}

// slow is a client that starts with something and goes on byte by byte, each
// when the server has sent nothing for a moment.
type slow struct{ why, start, drip string }

var slowClients = []slow{
	{"a silent one", "", ""},
	{"slow in the request line", "GET /heal", "t"},
	{"slow in the header", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", "x"},
	{"slow in the body", "POST " + harness.LoginPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", " "},
	{"slow in chunks", "POST " + harness.LoginPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"},
	{"idle after an answer", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", ""},
	{"slow in the second request", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nX: ", "x"},
}

// drive acts as the client until the server closes the connection and returns what
// it answered, or an error when it never closes.
func (s slow) drive(address string) (answer string, err error) {
	const pause = 20 * time.Millisecond
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, s.start); err != nil {
		return "", err
	}
	var heard strings.Builder
	for end := time.Now().Add(harness.RawTimeout); time.Now().Before(end); {
		if err := connection.SetReadDeadline(time.Now().Add(pause)); err != nil {
			return "", err
		}
		_, err := io.Copy(&heard, connection)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return heard.String(), nil // closed or reset
		}
		if _, err := io.WriteString(connection, s.drip); err != nil {
			return heard.String(), nil
		}
	}
	return "", errors.New("the connection is still open")
}

func TestAttack33_SlowClientsAreCutOff(t *testing.T) {
	address := startWithShortLimits(t)
	for _, client := range slowClients {
		t.Run(client.why, func(t *testing.T) {
			t.Parallel()
			answer, err := client.drive(address)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(client.start, "POST") && !strings.HasPrefix(answer, "HTTP/1.1 400 ") {
				t.Errorf("half a body is answered %q", answer)
			}
		})
	}
}

func TestAttack33_SlowClientsDelayNobody(t *testing.T) {
	const each = 30
	address := startWithShortLimits(t)
	var slowOnes sync.WaitGroup
	for _, client := range slowClients {
		for range each {
			slowOnes.Go(func() {
				if _, err := client.drive(address); err != nil {
					t.Errorf("%s: %v", client.why, err)
				}
			})
		}
	}
	for i := range 50 {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(connection, harness.LastRequest)
		answer, err := io.ReadAll(connection)
		connection.Close()
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
			t.Errorf("honest request %d: %q, %v", i, answer, err)
		}
	}
	slowOnes.Wait()
}
