package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"sallyport/config"
)

// healthcheckCommand asks the server of this configuration whether it is ready. A
// container without a shell has nothing else to ask with.
type healthcheckCommand struct {
	output
}

func (c *healthcheckCommand) Help() string {
	return "It goes by HOST, PORT and the TLS settings, as the server does, and ends with 0 only where the server is ready."
}

const healthcheckWait = 2 * time.Second

func (c *healthcheckCommand) Run(ctx context.Context, sh shell) error {
	cfg, err := config.LoadAddress(sh.environ, "")
	if err != nil {
		return err
	}
	if cfg.Port == 0 {
		return errors.New("PORT=0 lets the system choose a port, so that nobody knows whom to ask; use PORT=8080")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, healthcheckWait, fmt.Errorf("no answer within %v", healthcheckWait))
	defer cancel()
	url := readyURL(cfg)
	status, message, err := ask(ctx, url, cfg.TLS)
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s: %d %s", url, status, message)
	}
	return c.print(sh.stdout, map[string]any{"url": url, "status": status, "message": message}, fmt.Sprintf("%s: %s\n", url, message))
}

// readyURL is where the server says whether it is ready. One that listens on every
// address does so on the loopback one.
func readyURL(cfg config.Config) string {
	host, scheme := cfg.Host, "http"
	if address, err := netip.ParseAddr(host); err == nil && address.IsUnspecified() {
		host = "127.0.0.1"
		if address.Is6() {
			host = "::1"
		}
	}
	if cfg.TLS.On() {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(cfg.Port)) + "/readyz"
}

// ask makes one request, straight to the server.
func ask(ctx context.Context, url string, listener config.TLS) (status int, message string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := (&http.Transport{TLSClientConfig: clientTLS(listener)}).RoundTrip(request)
	if err != nil {
		return 0, "", cmp.Or(context.Cause(ctx), err)
	}
	defer response.Body.Close()
	var said struct{ Message string }
	if err := json.NewDecoder(io.LimitReader(response.Body, 4096)).Decode(&said); err != nil {
		return response.StatusCode, "", errors.New("what listens there is not Sallyport")
	}
	return response.StatusCode, said.Message, nil
}

// clientTLS accepts any certificate: that of the server names its public host, not
// this address, and nothing secret is sent or believed.
func clientTLS(listener config.TLS) *tls.Config {
	c := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} // #nosec G402 -- it asks its own server on this machine, sends no secret, and the name in the certificate is another
	if len(listener.ACMEDomains) > 0 {
		c.ServerName = listener.ACMEDomains[0] // it has a certificate for these names only
	}
	return c
}
