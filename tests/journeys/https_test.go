package journeys

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

const publicHost = "auth.example.com"

// inProduction is what a production start needs beside a way to speak HTTPS.
var inProduction = []string{
	"APP_ENV=production", "PUBLIC_URL=https://" + publicHost,
	"ACCESS_TOKEN_SECRET=" + harness.AccessSecret, "REFRESH_TOKEN_SECRET=" + harness.RefreshSecret,
	"RATE_LIMITS=on",
}

// clientAt speaks to the host at this address, whatever DNS says of it.
func clientAt(roots *x509.CertPool, address string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: publicHost},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
}

// wantRefusedInClear sends a sign-in over plain HTTP, with what a client could
// forge.
func wantRefusedInClear(t *testing.T, url string, header ...string) {
	t.Helper()
	once := harness.NewAPI(t, url, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }})
	for _, path := range []string{harness.LoginPath, harness.RefreshPath, "/", "/nowhere", "/api/v1/healthcheck", "/healthz/"} {
		answer := once.Send("POST", path, "", harness.LoginBody("ada", harness.Password), header...).Want(t, 403, "https_required")
		if !strings.Contains(answer.Message, "X-Forwarded-Proto") {
			t.Errorf("%s: the message does not say what a proxy has to do: %s", path, answer.Message)
		}
		if answer.Header.Get("Location") != "" || len(answer.Cookies()) > 0 || answer.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %v", path, answer.Header)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		once.Send("GET", path, "", "").Want(t, 200, "")
	}
}

func TestHTTPS_PlainHTTPIsRefusedInProduction(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, append(inProduction, "TRUSTED_PROXIES=192.0.2.7")...)
	wantRefusedInClear(t, server.PlainURL)
	wantRefusedInClear(t, server.PlainURL, "X-Forwarded-Proto", "https", "Forwarded", "proto=https") // not from the proxy
	if said := server.Log.String(); strings.Count(said, "TRUSTED_PROXIES") != 1 {
		t.Errorf("the log does not say once what a proxy would need: %s", said)
	}

	proxied := harness.Start(t, append(inProduction, "TRUSTED_PROXIES=127.0.0.1,::1")...)
	wantRefusedInClear(t, proxied.PlainURL, "X-Forwarded-Proto", "http")
	wantRefusedInClear(t, proxied.PlainURL, "X-Forwarded-Proto", "https, http") // the client's word, and the proxy's after it
	harness.NewAPI(t, proxied.PlainURL, http.DefaultClient).
		Send("POST", harness.LoginPath, "", harness.LoginBody("ada", harness.Password), "X-Forwarded-Proto", "https").Want(t, 401, "invalid_credentials")

	development := harness.Start(t)
	harness.NewAPI(t, development.PlainURL, http.DefaultClient).Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
}

func TestHTTPS_SpokenToThePlainPortIsExplainedOnce(t *testing.T) {
	t.Parallel()
	p := harness.Built(t).Serve(t, t.TempDir())
	for range 3 {
		if _, err := http.Get("https://" + p.Address()); err == nil {
			t.Error("it answers HTTPS")
		}
	}
	p.Send("GET", "/healthz", "", "").Want(t, 200, "")
	p.Stop(syscall.SIGTERM) // so that everything is logged
	if said := p.Stderr.String(); strings.Count(said, "plain HTTP port") != 1 {
		t.Errorf("not one hint: %s", said)
	}
}

func TestHTTPS_WithCertificateFilesAndWithoutARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	roots := harness.Certificate(t, dir, 1, publicHost)
	p := harness.Built(t).Serve(t, dir, append(inProduction, "TLS_CERT_FILE=cert.pem", "TLS_KEY_FILE=key.pem")...)
	address := p.Address()

	response, err := clientAt(roots, address).Post("https://"+publicHost+harness.RegisterPath, "application/json", strings.NewReader(harness.Registration("ada")))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 201 || response.Proto != "HTTP/1.1" || len(response.Cookies()) != 2 || response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %d %v", response.Proto, response.StatusCode, response.Header)
	}

	clear, err := http.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	clear.Body.Close()
	if clear.StatusCode != 400 || clear.Header.Get("Location") != "" {
		t.Errorf("plain HTTP: %d %v", clear.StatusCode, clear.Header)
	}

	old, err := os.ReadFile(filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	both := harness.Certificate(t, dir, 2, publicHost)
	renewed, err := os.ReadFile(filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	harness.WriteFile(t, dir, "key.pem", old) // a renewal that has written one file of two
	if got := serial(t, address, roots); got != 1 {
		t.Errorf("half a renewal: serial number %d, want the old certificate", got)
	}
	harness.WriteFile(t, dir, "key.pem", renewed)
	if got := serial(t, address, both); got != 2 {
		t.Errorf("after the renewal: serial number %d", got)
	}
}

func serial(t *testing.T, address string, roots *x509.CertPool) int64 {
	t.Helper()
	return certificate(t, address, roots).SerialNumber.Int64()
}

func certificate(t *testing.T, address string, roots *x509.CertPool) *x509.Certificate {
	t.Helper()
	connection, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: publicHost})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0]
}

func TestHTTPS_SpeaksNothingOlderOrWeaker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	roots := harness.Certificate(t, dir, 1, publicHost)
	p := harness.Built(t).Serve(t, dir, append(inProduction, "TLS_CERT_FILE=cert.pem", "TLS_KEY_FILE=key.pem")...)
	wantModernTLS(t, roots, p.Address())
	connection, err := tls.Dial("tcp", p.Address(), &tls.Config{RootCAs: roots, ServerName: publicHost, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if spoken := connection.ConnectionState().NegotiatedProtocol; spoken != "http/1.1" { // internal/serve says why not HTTP/2
		t.Errorf("it speaks %q", spoken)
	}
}

// wantModernTLS fails unless who listens there speaks TLS 1.2 and 1.3 with
// authenticated encryption, and nothing else.
func wantModernTLS(t *testing.T, roots *x509.CertPool, address string) {
	t.Helper()
	for _, tt := range []struct {
		why string
		max uint16
		use []uint16
		ok  bool
	}{
		{"TLS 1.3", tls.VersionTLS13, nil, true},
		{"TLS 1.2", tls.VersionTLS12, nil, true},
		{"TLS 1.2 with CBC", tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, false},
		{"TLS 1.1", tls.VersionTLS11, nil, false},
		{"TLS 1.0", tls.VersionTLS10, nil, false},
	} {
		connection, err := tls.Dial("tcp", address, &tls.Config{
			RootCAs: roots, ServerName: publicHost, MinVersion: tls.VersionTLS10, MaxVersion: tt.max, CipherSuites: tt.use,
		})
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.why, err)
		}
		if err == nil {
			connection.Close()
		}
	}
}

// nginx starts the example of docs/deployment.md in front of the program and
// returns its address.
func nginx(t *testing.T, binary, dir string, p *harness.Process) (address string) {
	t.Helper()
	example := harness.CodeBlock(t, "docs/deployment.md", "Behind a proxy", "nginx")
	port := harness.FreePort(t)
	replaced := []string{
		"listen 443 ssl", fmt.Sprintf("listen 127.0.0.1:%d ssl", port),
		"/etc/ssl/auth.example.com/fullchain.pem", filepath.Join(dir, "cert.pem"),
		"/etc/ssl/auth.example.com/privkey.pem", filepath.Join(dir, "key.pem"),
		"http://127.0.0.1:8080", "http://" + p.Address(),
	}
	for i := 0; i < len(replaced); i += 2 {
		if !strings.Contains(example, replaced[i]) {
			t.Fatalf("the example has no %q", replaced[i])
		}
	}
	main := "master_process off; daemon off; pid nginx.pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n"
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += fmt.Sprintf("%s_temp_path %s;\n", what, what)
	}
	harness.WriteFile(t, dir, "nginx.conf", []byte(main+strings.NewReplacer(replaced...).Replace(example)+"}\n"))
	var said harness.Log
	command := exec.Command(binary, "-p", dir, "-c", "nginx.conf")
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	address = fmt.Sprintf("127.0.0.1:%d", port)
	harness.Await(t, func() error {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return fmt.Errorf("nginx does not answer: %w: %s", err, said.String())
		}
		return connection.Close()
	})
	return address
}

func TestHTTPS_BehindNginxAsDocumented(t *testing.T) {
	t.Parallel()
	binary := harness.Program(t, "nginx", "nginx")
	dir := t.TempDir()
	roots := harness.Certificate(t, dir, 1, publicHost)
	p := harness.Built(t).Serve(t, dir, append(inProduction, "TRUSTED_PROXIES=127.0.0.1")...)
	wantRefusedInClear(t, "http://"+p.Address())
	proxy := nginx(t, binary, dir, p)
	wantModernTLS(t, roots, proxy)
	browser := harness.NewAPI(t, "https://"+publicHost, clientAt(roots, proxy))
	forged := []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "http", "X-Forwarded-Host", "evil.example"}
	answer := browser.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration("ada")), forged...).Want(t, 201, "")
	wantSecure(t, "through nginx", stripNginx(answer.Header), "")
	sessions := browser.Send("GET", harness.SessionsPath, answer.Tokens(t).Access, "", forged...).Want(t, 200, "")
	if !strings.Contains(sessions.Raw, `"ip":"127.0.0.1"`) || strings.Contains(sessions.Raw, "203.0.113.9") {
		t.Errorf("the client chose its own address: %s", sessions.Raw)
	}
	browser.Send("POST", harness.LoginPath, "", strings.Repeat("x", 17<<10)).Want(t, 413, "body_too_large")
}

// stripNginx takes off what nginx says of itself, after a look at it.
func stripNginx(h http.Header) http.Header {
	if h.Get("Server") == "nginx" { // without its version
		h.Del("Server")
	}
	return h
}
