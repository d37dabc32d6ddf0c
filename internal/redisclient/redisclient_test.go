package redisclient_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sallyport/internal/redisclient"
	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

const secret = "topsecret"

// withPassword puts a password into the URL.
func withPassword(url string) string {
	return strings.Replace(url, "redis://", "redis://:"+secret+"@", 1)
}

func TestOpen_OneThatIsAwayIsUsedWhenItIsBack(t *testing.T) {
	server := harness.NewRedis(t)
	server.Stop()
	client, err := redisclient.Open(t.Context(), withPassword(server.URL))
	if !errors.Is(err, redisclient.ErrAway) || client == nil || strings.Contains(err.Error(), secret) {
		t.Fatal(client, err)
	}
	defer client.Close()
	server.Start()
	server.Command("CONFIG SET requirepass " + secret)
	harness.Await(t, func() error { return client.Ping(t.Context()).Err() })
}

func TestOpen_RefusesWhatCannotWork(t *testing.T) {
	server := harness.NewRedis(t)
	server.Command("CONFIG SET requirepass another")
	for url, want := range map[string]string{
		withPassword(server.URL):                                "refuses", // it has none
		withPassword(strings.TrimSuffix(server.URL, "0")) + "x": "is not a Redis URL",
	} {
		client, err := redisclient.Open(t.Context(), url)
		if client != nil || err == nil || errors.Is(err, redisclient.ErrAway) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v: %v, want %s", client, err, want)
		}
	}
}

// A sentinel answers a ping, and neither counts nor publishes.
func TestOpen_RefusesASentinel(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(settings, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(harness.FreePort(t))
	sentinel := exec.Command(harness.Program(t, "redis-server", "redis-server"), settings, "--sentinel", "--port", port, "--bind", "127.0.0.1")
	if err := sentinel.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sentinel.Process.Kill(); _ = sentinel.Wait() })
	harness.Await(t, func() error {
		client, err := redisclient.Open(t.Context(), "redis://127.0.0.1:"+port)
		if client != nil {
			return errors.Join(errors.New("accepted, or not there yet"), err, client.Close())
		}
		if !strings.Contains(err.Error(), "Sentinel") {
			t.Error(err)
		}
		return nil
	})
}

func TestEvicts_WhereMemoryIsLimitedAndKeysMayGo(t *testing.T) {
	server := harness.NewRedis(t)
	client := harness.OpenRedis(t, server.URL)
	for _, tt := range []struct {
		memory, policy string
		want           bool
	}{
		{"0", "allkeys-lru", false},
		{"100mb", "noeviction", false},
		{"100mb", "allkeys-lru", true},
		{"100mb", "volatile-ttl", true},
	} {
		server.Command("CONFIG SET maxmemory " + tt.memory)
		server.Command("CONFIG SET maxmemory-policy " + tt.policy)
		if got := redisclient.Evicts(t.Context(), client); got != tt.want {
			t.Error(fmt.Sprintf("%+v", tt), got)
		}
	}
}
