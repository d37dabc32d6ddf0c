package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeCertificate writes NAME.crt and NAME.key into the folder.
func writeCertificate(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"auth.example.com"}}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]pem.Block{
		name + ".crt": {Type: "CERTIFICATE", Bytes: certificate},
		name + ".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTLS_TakesEitherWay(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir, "a")
	files, err := Load(with(keys, "TLS_CERT_FILE=a.crt", "TLS_KEY_FILE=a.key"), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if !files.TLS.On() || files.TLS.CertFile != filepath.Join(dir, "a.crt") || files.PublicURL != "https://localhost:8080" || files.HSTS != "" {
		t.Errorf("%+v", files)
	}
	acme, err := Load(with(production, "TRUSTED_PROXIES=", "ACME_DOMAINS=Auth.example.com,auth.example.com", "ACME_EMAIL=admin@example.com", "HSTS=host"), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	want := TLS{ACMEDomains: []string{"auth.example.com"}, ACMEEmail: "admin@example.com", ACMECache: filepath.Join(dir, "data", "acme")}
	if diff := cmp.Diff(want, acme.TLS); diff != "" || !acme.TLS.On() || acme.HSTS != "max-age=31536000" {
		t.Errorf("%s, HSTS %q", diff, acme.HSTS)
	}
	if plain, err := Load(keys, dir, false); err != nil || plain.TLS.On() || plain.HSTS != "" {
		t.Errorf("%+v, %v", plain, err)
	}
	if proxied, err := Load(production, dir, false); err != nil || proxied.HSTS != "max-age=31536000; includeSubDomains" {
		t.Errorf("%q, %v", proxied.HSTS, err)
	}
}

func TestTLS_RefusesWhatCannotWork(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir, "a")
	writeCertificate(t, dir, "b")
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ set, variable, mention string }{
		{"TLS_CERT_FILE=a.crt", "TLS_KEY_FILE", "missing"},
		{"TLS_KEY_FILE=a.key", "TLS_CERT_FILE", "missing"},
		{"TLS_CERT_FILE=a.crt TLS_KEY_FILE=b.key", "TLS_CERT_FILE", "match"},
		{"TLS_CERT_FILE=a.crt TLS_KEY_FILE=nowhere", "TLS_CERT_FILE", "nowhere"},
		{"TLS_CERT_FILE=text TLS_KEY_FILE=a.key", "TLS_CERT_FILE", "PEM"},
		{"TLS_CERT_FILE=a.crt TLS_KEY_FILE=a.key ACME_DOMAINS=auth.example.com", "ACME_DOMAINS", "files"},
		{"TLS_CERT_FILE=a.crt TLS_KEY_FILE=a.key PUBLIC_URL=http://localhost:8080", "PUBLIC_URL", "https"},
		{"ACME_DOMAINS=auth.example.com PUBLIC_URL=https://other.example.com", "ACME_DOMAINS", "PUBLIC_URL"},
		{"ACME_DOMAINS=*.example.com", "ACME_DOMAINS", "host name"},
		{"ACME_DOMAINS=10.0.0.1", "ACME_DOMAINS", "host name"},
		{"ACME_DOMAINS=localhost", "ACME_DOMAINS", "host name"},
		{"ACME_EMAIL=admin@example.com", "ACME_DOMAINS", "empty"},
		{"ACME_DOMAINS=auth.example.com PUBLIC_URL=https://auth.example.com ACME_EMAIL=admin", "ACME_EMAIL", "admin"},
		{"ACME_DOMAINS=auth.example.com PUBLIC_URL=https://auth.example.com ACME_DIRECTORY=http://ca.example", "ACME_DIRECTORY", "https"},
		{"HSTS=off", "HSTS", "off"},
	} {
		problems := problemsOf(t, with(keys, strings.Fields(tt.set)...), dir)
		if len(problems) != 1 || problems[0].Variable != tt.variable || !strings.Contains(problems[0].Wrong, tt.mention) || problems[0].Good == "" {
			t.Errorf("%s: %v, want one problem of %s with %q", tt.set, problems, tt.variable, tt.mention)
		}
	}
}
