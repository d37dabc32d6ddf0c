package main

import (
	"crypto/tls"
	"log/slog"

	"sallyport/config"
	"sallyport/internal/serve"
)

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
