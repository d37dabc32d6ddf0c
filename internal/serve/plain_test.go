package serve

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

func TestServer_SaysOnceThatAClientSpeaksHTTPSToThePlainPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		listener, _, _ := started(t, func(http.ResponseWriter, *http.Request) { t.Error("it is a request") }, &log)
		for range 3 {
			err := tls.Client(listener.dial(t), &tls.Config{ServerName: "localhost"}).Handshake()
			if broken := (tls.RecordHeaderError{}); !errors.As(err, &broken) || string(broken.RecordHeader[:]) != "HTTP/" {
				t.Errorf("the client is told: %v", err)
			}
		}
		synctest.Wait()
		if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "speaks HTTPS to this plain HTTP port") {
			t.Errorf("the log says %q", said)
		}
	})
}

func TestServer_SaysNothingOfPlainHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		listener, _, _ := started(t, func(http.ResponseWriter, *http.Request) {}, &log)
		for _, request := range []string{"GET / HTTP/1.1\r\nHost: x\r\nX: \x16\r\nConnection: close\r\n\r\n", "\x17\x03", ""} {
			connection := listener.dial(t)
			if _, err := io.WriteString(connection, request); err != nil {
				t.Fatal(err)
			}
			connection.Close()
		}
		synctest.Wait()
		if log.Len() > 0 {
			t.Errorf("the log says %q", &log)
		}
	})
}
