package binary

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// port is where the server listens.
func port(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return "PORT=" + port
}

func TestHealthcheck_FindsTheServerWhereverItListens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	harness.Certificate(t, dir, 1, "auth.example.com")
	encrypted := []string{"TLS_CERT_FILE=" + filepath.Join(dir, "cert.pem"), "TLS_KEY_FILE=" + filepath.Join(dir, "key.pem"), "PUBLIC_URL=https://auth.example.com"}
	for _, tt := range []struct {
		name, host string
		variables  []string
		url        string
	}{
		{"as by default", "127.0.0.1", nil, "http://127.0.0.1:"},
		{"every address", "0.0.0.0", nil, "http://127.0.0.1:"},
		{"every address of IPv6", "::", nil, "http://[::1]:"},
		{"IPv6", "::1", nil, "http://[::1]:"},
		{"by name", "localhost", nil, "http://localhost:"},
		{"TLS with a certificate for another name", "127.0.0.1", encrypted, "https://127.0.0.1:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(tt.host, ":") {
				listener, err := net.Listen("tcp", "[::1]:0")
				if err != nil {
					t.Log("this machine has no IPv6, so no server can listen there; the other rows show IPv4")
					return
				}
				listener.Close()
			}
			variables := append([]string{"HOST=" + tt.host}, tt.variables...)
			server := harness.Built(t).Serve(t, t.TempDir(), variables...)
			there := append(variables, port(t, server.Address()))
			runCommand(t, t.TempDir(), "", "healthcheck", there...).want(t, 0, tt.url)
			result := decode[struct {
				URL, Message string
				Status       int
			}](t, runCommand(t, t.TempDir(), "", "healthcheck --json", there...))
			if result.Status != 200 || result.Message != "ready" {
				t.Errorf("%+v", result)
			}
		})
	}
}

func TestHealthcheck_FailsUnlessTheServerIsReady(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	dir := t.TempDir()
	sick := serve(t, dir)
	if err := os.Rename(filepath.Join(dir, "data"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	certificate := t.TempDir()
	harness.Certificate(t, certificate, 1, "auth.example.com")
	for _, tt := range []struct {
		name, port string
		variables  []string
		says       string
	}{
		{"nobody is there", "PORT=1", nil, "http://127.0.0.1:1/readyz: "},
		{"no answer", port(t, silent.Addr().String()), nil, "no answer within 2s"},
		{"another program", port(t, other.Listener.Addr().String()), nil, "what listens there is not Sallyport"},
		{"its database is gone", port(t, sick.Address()), nil, "503 the database does not answer"},
		{"it speaks no TLS", port(t, sick.Address()), []string{"TLS_CERT_FILE=" + certificate + "/cert.pem", "TLS_KEY_FILE=" + certificate + "/key.pem"}, "https://127.0.0.1"},
		{"a port that the system chooses", "PORT=0", nil, "PORT=0"},
		{"no port", "PORT=http", nil, "PORT: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			runCommand(t, folder, "", "healthcheck", append(tt.variables, tt.port)...).want(t, 1, tt.says)
			if left := filesIn(t, folder); len(left) > 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
}
