package serve

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/acme/autocert"
)

func TestRequestCertificates_AsksOnceForEachNameAndLogsWhatFails(t *testing.T) {
	var asked atomic.Int32
	var log bytes.Buffer
	config := &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		asked.Add(1)
		if hello.ServerName == "b.example.com" {
			return nil, errors.New("the authority is away")
		}
		return &tls.Certificate{}, nil
	}}
	RequestCertificates(config, []string{"a.example.com", "b.example.com", "c.example.com"}, slog.New(slog.NewTextHandler(&log, nil)))
	if asked.Load() != 3 {
		t.Errorf("asked %d times", asked.Load())
	}
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "level=WARN") ||
		!strings.Contains(said, "domain=b.example.com") || !strings.Contains(said, "the authority is away") {
		t.Errorf("the log says %q", said)
	}
}

// autocert gives browsers ECDSA and keeps RSA in another file: a request for
// the wrong one would help nobody.
func TestRequestCertificates_AsksForTheKindThatBrowsersGet(t *testing.T) {
	cache := autocert.DirCache(t.TempDir())
	asked := make(chan string, 1)
	manager := &autocert.Manager{Prompt: func(string) bool { return false }, Cache: recordedCache{cache, asked}}
	RequestCertificates(&tls.Config{GetCertificate: manager.GetCertificate}, []string{"a.example.com"}, slog.New(slog.DiscardHandler))
	if key := <-asked; key != "a.example.com" { // RSA: a.example.com+rsa
		t.Errorf("it looked for %q", key)
	}
}

// recordedCache says for what it was asked first.
type recordedCache struct {
	autocert.Cache
	asked chan string
}

func (c recordedCache) Get(ctx context.Context, key string) ([]byte, error) {
	select {
	case c.asked <- key:
	default:
	}
	return nil, errors.New("the disk is away")
}
