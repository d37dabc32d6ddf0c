package binary

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const busy = 4 * time.Second // what may come on top of a limit on a busy machine

// internal/serve tests all the times on a clock of its own. This is to see that
// the program has them.
func TestShipped_CutsOffWhoIsSlow(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	for _, tt := range []struct {
		why, sent string
		limit     time.Duration
	}{
		{"silent", "", 5 * time.Second},
		{"half a header", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", 5 * time.Second},
		{"half a body", "POST " + harness.LoginPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{", 15 * time.Second},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			connection, err := net.Dial("tcp", p.Address())
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			began := time.Now()
			if err := connection.SetDeadline(began.Add(tt.limit + busy)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(connection, tt.sent); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, connection); err != nil {
				t.Errorf("not cut off in %v: %v", tt.limit+busy, err)
			}
			if took := time.Since(began); took < tt.limit-time.Second {
				t.Errorf("cut off after %v, and it has %v", took, tt.limit)
			}
		})
	}
}

func TestShipped_ALargeHeaderIsRefused(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	for length, want := range map[int]int{30 << 10: 200, 60 << 10: 431} {
		r, err := http.NewRequest("GET", p.URL+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X", strings.Repeat("x", length))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", length, response.StatusCode, want)
		}
	}
}

// valve is a TCP proxy. While it is locked nothing passes it and no connection
// breaks: the other side seems to hang.
type valve struct {
	sync.RWMutex
	address string
}

// valveTo opens a valve in front of this address.
func valveTo(t *testing.T, upstream string) *valve {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	v := &valve{address: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", upstream)
			if err != nil {
				client.Close()
				continue
			}
			go v.pass(client, server)
			go v.pass(server, client)
		}
	}()
	return v
}

func (v *valve) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	for buffer := make([]byte, 32<<10); ; {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		v.RLock()
		_, err = to.Write(buffer[:n])
		v.RUnlock()
		if err != nil {
			return
		}
	}
}

// A statement has 10 seconds and /readyz two: docs/operations.md.
func TestShipped_ADatabaseThatHangsHoldsNobodyLonger(t *testing.T) {
	t.Parallel()
	database, err := url.Parse(harness.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	valve := valveTo(t, database.Host)
	database.Host = valve.address
	p := serve(t, t.TempDir(), "DATABASE_URL="+database.String())
	session := p.SignUp("ada")
	p.Send("GET", "/readyz", "", "").Want(t, 200, "")

	valve.Lock()
	client := &http.Client{Timeout: 10*time.Second + busy}
	var asking sync.WaitGroup
	for _, tt := range []struct {
		why, method, path, access, body string
		limit                           time.Duration
		status                          int
	}{
		{"alive", "GET", "/healthz", "", "", 0, 200},
		{"not ready", "GET", "/readyz", "", "", 2 * time.Second, 503},
		{"a read", "GET", harness.CurrentUserPath, session.Access, "", 10 * time.Second, 503},
		{"a refresh", "POST", harness.RefreshPath, "", harness.RefreshBody(session.Refresh), 10 * time.Second, 503},
		{"a sign-in", "POST", harness.LoginPath, "", harness.LoginBody("ada", harness.Password), 10 * time.Second, 503},
		{"a write", "POST", harness.RegisterPath, "", harness.Registration("grace"), 10 * time.Second, 503},
	} {
		asking.Go(func() {
			began := time.Now()
			answer, err := p.Try(client, tt.method, tt.path, tt.access, tt.body)
			if took := time.Since(began); err != nil || answer.Status != tt.status || took > tt.limit+busy {
				t.Errorf("%s: %d after %v, want %d after %v at most: %v %s", tt.why, answer.Status, took, tt.status, tt.limit, err, answer.Raw)
			}
		})
	}
	asking.Wait()
	valve.Unlock()
	p.CurrentUser(session.Access).Want(t, 200, "")
	p.Refresh(session.Refresh).Want(t, 200, "")
}
