package main

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"sallyport/config"
)

func TestOps_TheDefaultYieldsToWhoHasItsPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var said strings.Builder
	log := slog.New(slog.NewTextHandler(&said, nil))
	end, err := beginOps(config.Ops{Addr: taken.Addr().String()}, http.NotFoundHandler(), log)
	if err != nil {
		t.Fatal(err)
	}
	end()
	if !strings.Contains(said.String(), "level=WARN") || !strings.Contains(said.String(), "OPS_ADDR") {
		t.Errorf("%s", &said)
	}
	if _, err := beginOps(config.Ops{Addr: taken.Addr().String(), Named: true}, http.NotFoundHandler(), log); err == nil || !strings.Contains(err.Error(), "OPS_ADDR") {
		t.Errorf("an address that was set and is in use: %v", err)
	}
}
