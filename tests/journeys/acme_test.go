package journeys

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

// authority is Pebble, Let's Encrypt's server for tests, which really connects
// back to validate.
type authority struct {
	directory string
	trust     *x509.CertPool // its own certificate, also in cert.pem
	manage    string
	cmd       *exec.Cmd
}

// startAuthority starts one that finds every name at 127.0.0.1 and this port.
func startAuthority(t *testing.T, dir string, port int) authority {
	t.Helper()
	pebble, names := harness.Program(t, "pebble", "pebble"), harness.Program(t, "pebble-challtestsrv", "pebble")
	listen, manage, dns := harness.FreePort(t), harness.FreePort(t), harness.FreePort(t)
	a := authority{
		directory: fmt.Sprintf("https://127.0.0.1:%d/dir", listen),
		manage:    fmt.Sprintf("https://127.0.0.1:%d", manage),
		trust:     harness.Certificate(t, dir, 1, "localhost"),
	}
	harness.WriteFile(t, dir, "pebble.json", fmt.Appendf(nil, `{"pebble":{"listenAddress":"127.0.0.1:%d","managementListenAddress":"127.0.0.1:%d",
		"certificate":"cert.pem","privateKey":"key.pem","httpPort":1,"tlsPort":%d}}`, listen, manage, port))
	run(t, dir, names, "-dns01", fmt.Sprintf("127.0.0.1:%d", dns), "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "",
		"-management", fmt.Sprintf("127.0.0.1:%d", harness.FreePort(t)))
	a.cmd = run(t, dir, pebble, "-config", "pebble.json", "-dnsserver", fmt.Sprintf("127.0.0.1:%d", dns))
	return a
}

func run(t *testing.T, dir, program string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(program, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	return command
}

// roots returns the pool of the authority's root certificate.
func (a authority) roots(t *testing.T) *x509.CertPool {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.trust}}}
	pool := x509.NewCertPool()
	harness.Await(t, func() error {
		response, err := client.Get(a.manage + "/roots/0")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err == nil && !pool.AppendCertsFromPEM(text) {
			err = fmt.Errorf("no certificate: %s", text)
		}
		return err
	})
	return pool
}

func TestHTTPS_GetsACertificateFromAnAuthorityAndKeepsIt(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), harness.FreePort(t)
	a := startAuthority(t, dir, port)
	roots := a.roots(t)
	environment := append(inProduction, "ACME_DOMAINS="+publicHost, "ACME_DIRECTORY="+a.directory, "SSL_CERT_FILE="+filepath.Join(dir, "cert.pem"), fmt.Sprintf("PORT=%d", port))
	p := harness.Built(t).Serve(t, dir, environment...)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	kept := filepath.Join(dir, "data", "acme", publicHost)
	harness.Await(t, func() error { // before anybody has asked for it
		if _, err := os.Stat(kept); err != nil {
			return fmt.Errorf("%w: %s", err, p.Stderr.String())
		}
		return nil
	})

	if connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, ServerName: "other.example.com"}); err == nil {
		connection.Close()
		t.Error("it has a certificate for a name that is not in ACME_DOMAINS")
	}
	harness.NewAPI(t, "https://"+publicHost, clientAt(roots, address)).Send("GET", "/api/v1/healthcheck", "", "").Want(t, 200, "")
	first := serial(t, address, roots)
	if key, elliptic := certificate(t, address, roots).PublicKey.(*ecdsa.PublicKey); !elliptic || key.Curve.Params().BitSize < 256 { // OWASP ASVS 11.6.1
		t.Errorf("the key it made is %T", key)
	}

	if err := a.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.Stop(syscall.SIGTERM)
	harness.Built(t).Serve(t, dir, environment...)
	if again := serial(t, address, roots); again != first {
		t.Errorf("after a restart the certificate is another one: %d, %d", first, again)
	}
	for _, name := range []string{"data/acme", "data/acme/" + publicHost} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v: others can read the key", name, info, err)
		}
	}
}

func TestHTTPS_AnAuthorityThatIsAwayStopsNoStart(t *testing.T) {
	t.Parallel()
	directory := fmt.Sprintf("https://127.0.0.1:%d/dir", harness.FreePort(t)) // where nobody listens
	p := harness.Built(t).Serve(t, t.TempDir(), append(inProduction, "ACME_DOMAINS="+publicHost, "ACME_DIRECTORY="+directory)...)
	harness.Await(t, func() error {
		for line := range strings.Lines(p.Stderr.String()) {
			if strings.Contains(line, `"level":"WARN"`) && strings.Contains(line, `"domain":"`+publicHost+`"`) {
				return nil
			}
		}
		return fmt.Errorf("no warning: %s", p.Stderr.String())
	})
	if !p.Alive() {
		t.Error("it has ended")
	}
}
