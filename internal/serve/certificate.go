package serve

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate is a certificate in two files. It is loaded again when one of them
// changes, so a renewal needs no restart.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	version [2]stamp
}

// stamp changes when the content of a file changes.
type stamp struct {
	modified time.Time
	size     int64
}

// LoadCertificate loads the certificate with its chain, and the private key, both
// in PEM.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	c.version = c.stamps()
	return c, c.load()
}

// Get implements tls.Config.GetCertificate. If the files cannot be used, for
// example because only one of them is replaced yet, it returns the last
// certificate.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.stamps(); now != c.version {
		c.version = now
		if err := c.load(); err != nil {
			c.log.Warn("the new certificate cannot be used, the old one stays", slog.Any("error", err))
		} else {
			c.log.Info("certificate loaded again")
		}
	}
	return c.pair, nil
}

func (c *Certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err == nil {
		c.pair = &pair
	}
	return err
}

func (c *Certificate) stamps() (version [2]stamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			version[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return version
}
