package wire

import (
	"crypto/tls"
	"log/slog"
	"net/http"

	"sallyport/config"
	"sallyport/internal/serve"
)

// Server returns the server of the handler, over HTTPS where that is
// configured.
func Server(c config.TLS, handler http.Handler, log *slog.Logger) (*http.Server, error) {
	server := serve.New(handler, serve.Recommended, log)
	var err error
	server.TLSConfig, err = tlsConfig(c, log)
	return server, err
}

// tlsConfig is nil where the program speaks plain HTTP.
func tlsConfig(c config.TLS, log *slog.Logger) (*tls.Config, error) {
	switch {
	case len(c.ACMEDomains) > 0:
		return serve.WithACME(serve.ACME{
			Domains: c.ACMEDomains, Directory: c.ACMEDirectory, Email: c.ACMEEmail, Cache: c.ACMECache,
		}), nil
	case c.CertFile != "":
		certificate, err := serve.LoadCertificate(c.CertFile, c.KeyFile, log)
		if err != nil {
			return nil, err
		}
		return serve.WithCertificate(certificate), nil
	}
	return nil, nil
}
