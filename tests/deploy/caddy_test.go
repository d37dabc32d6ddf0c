package deploy

import (
	"crypto/tls"
	"errors"
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

// caddy starts the shipped file in front of two servers and returns its URL. Only
// its addresses are others, and the certificate is of Caddy's own authority.
func caddy(t *testing.T, servers ...*harness.Process) (url string) {
	t.Helper()
	program, dir, port := harness.Program(t, "caddy", "caddy"), t.TempDir(), harness.FreePort(t)
	text := harness.ReadPage(t, "deploy/Caddyfile")
	for _, replaced := range [][2]string{
		{"\tauto_https disable_redirects", "\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tauto_https disable_redirects"},
		{"{$SALLYPORT_HOST} {", fmt.Sprintf("https://localhost:%d {\n\tbind 127.0.0.1", port)},
		{"sallyport-1:8080 sallyport-2:8080", servers[0].Address() + " " + servers[1].Address()},
	} {
		if strings.Count(text, replaced[0]) != 1 {
			t.Fatalf("the Caddyfile has not one %q", replaced[0])
		}
		text = strings.Replace(text, replaced[0], replaced[1], 1)
	}
	harness.WriteFile(t, dir, "Caddyfile", []byte(text))
	command := exec.Command(program, "run", "--adapter", "caddyfile", "--config", filepath.Join(dir, "Caddyfile"))
	command.Env = []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	var said harness.Log
	command.Stderr = &said
	harness.Run(t, command)
	url = fmt.Sprintf("https://localhost:%d", port)
	harness.Await(t, func() error {
		answer, err := trusting().Get(url + "/healthz")
		if err != nil {
			return fmt.Errorf("%w: %s", err, said.String())
		}
		return answer.Body.Close()
	})
	return url
}

// trusting is a client that takes any certificate.
func trusting() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

// TestCaddy_LosesNoRequestWhileAnInstanceRestarts runs what compose.yaml starts, with
// its settings: two instances in production behind the shipped Caddyfile.
func TestCaddy_LosesNoRequestWhileAnInstanceRestarts(t *testing.T) {
	t.Parallel()
	url, ports := harness.PostgresURL(t), []int{harness.FreePort(t), harness.FreePort(t)}
	instance := func(i int) *harness.Process {
		p := harness.Built(t).Serve(t, t.TempDir(), "APP_ENV=production", "PUBLIC_URL=https://auth.example.com", "TRUSTED_PROXIES=127.0.0.1",
			"DATABASE_URL="+url, "DRAIN_DELAY=", "RATE_LIMITS=", "LIMIT_REFRESH_PER_SESSION=1000000/minute", "LIMIT_REFRESH_PER_ADDRESS=1000000/minute",
			"ACCESS_TOKEN_SECRET="+harness.AccessSecret, "REFRESH_TOKEN_SECRET="+harness.RefreshSecret, fmt.Sprintf("PORT=%d", ports[i]))
		p.URL = "http://" + net.JoinHostPort("127.0.0.1", fmt.Sprint(ports[i]))
		return p
	}
	old := []*harness.Process{instance(0), instance(1)}
	front := harness.NewAPI(t, caddy(t, old...), trusting())
	tokens := front.SignUp("ada")
	load := harness.Visit(t, front.URL, trusting, 4)
	load.AwaitServed(t, 50)
	old[0].Stop(syscall.SIGTERM)
	load.AwaitServed(t, 50)
	instance(0)
	load.AwaitServed(t, 50)
	load.WantNoneFailed(t)
	if ip := front.Send("GET", harness.SessionsPath, tokens.Access, "", "X-Forwarded-For", "203.0.113.9").Sessions(t)[0].IP; ip != "127.0.0.1" {
		t.Error(errors.New("a client chose its own address: " + ip))
	}
}
