package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Certificate writes a self-signed certificate for the names, and 127.0.0.1,
// into cert.pem and key.pem in the folder, and returns a pool that trusts it.
// The serial number distinguishes it from an earlier one.
func Certificate(t testing.TB, dir string, serial int64, names ...string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		DNSNames:     names,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	WriteFile(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	WriteFile(t, dir, "cert.pem", text)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}

// WriteFile puts a file into the folder.
func WriteFile(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ReadPage returns a page of the repository, by its path from the root.
func ReadPage(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// CodeBlock returns the first block in this language under a heading of the
// second level of a page.
func CodeBlock(t testing.TB, path, heading, language string) string {
	t.Helper()
	_, section, found := strings.Cut(ReadPage(t, path), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, block, begins := strings.Cut(section, "\n```"+language+"\n")
	block, _, ends := strings.Cut(block, "```")
	if !found || !begins || !ends {
		t.Fatalf("%s has no %s block under %q", path, language, heading)
	}
	return block
}

var titledBlock = regexp.MustCompile("(?s)\n```\\w+ title=(\\S+)\n(.*?)```")

// TitledBlocks returns the blocks of a page by their titles. A block without a title
// fails the test.
func TitledBlocks(t testing.TB, path string) map[string]string {
	t.Helper()
	page, blocks := ReadPage(t, path), map[string]string{}
	for _, found := range titledBlock.FindAllStringSubmatch(page, -1) {
		blocks[found[1]] = found[2]
	}
	if n := strings.Count(page, "\n```") / 2; len(blocks) != n || n == 0 {
		t.Fatalf("%s has %d blocks, of which %d have titles of their own", path, n, len(blocks))
	}
	return blocks
}
