package journeys

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	idle         = 10_000
	spareFiles   = 1_000    // of the limit, for all else that a process has open
	mostPerIdle  = 64 << 10 // bytes of memory
	slowestServe = 2 * time.Second
)

// idleConnections is how many this machine lets one process open.
func idleConnections(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit // Go has raised the soft limit to the hard one, here and in the program
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < idle+spareFiles {
		t.Logf("the limit of open files is %d, too low for %d connections", limit.Cur, idle)
	}
	return min(idle, int(limit.Cur)-spareFiles)
}

func TestIdle_ThousandsOfConnectionsDoNotDelayOthers(t *testing.T) {
	p := harness.Built(t).Serve(t, t.TempDir())
	access := p.SignUp("ada").Access
	before := memory(t, p)
	count := idleConnections(t)
	open := keepOpen(t, p.Address(), count)
	grown := memory(t, p) - before

	var took []time.Duration
	for range 100 {
		started := time.Now()
		fresh := harness.NewAPI(t, p.URL, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
		fresh.CurrentUser(access).Want(t, 200, "")
		took = append(took, time.Since(started))
	}
	p.Login("ada", harness.Password).Want(t, 200, "")
	slices.Sort(took)
	t.Logf("%d idle connections: %d KB each, another client's answers in %v (median), %v (slowest)",
		count, grown/count>>10, took[50], took[99])
	if took[98] > slowestServe || grown > count*mostPerIdle {
		t.Errorf("99 of 100 answers within %v, %d bytes of memory for each idle connection", took[98], grown/count)
	}
	for _, connection := range open[:10] { // they were there all the time
		if err := askHealth(connection); err != nil {
			t.Errorf("an idle connection is closed: %v", err)
		}
	}
}

// keepOpen opens connections, and each has had an answer.
func keepOpen(t *testing.T, address string, count int) []net.Conn {
	t.Helper()
	open := make([]net.Conn, count)
	t.Cleanup(func() {
		for _, connection := range open {
			if connection != nil {
				connection.Close()
			}
		}
	})
	var wg sync.WaitGroup
	const workers = 32
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < count; i += workers {
				connection, err := net.Dial("tcp", address)
				if err == nil {
					open[i] = connection
					err = askHealth(connection)
				}
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return open
}

// askHealth asks whether the program is alive, and keeps the connection.
func askHealth(connection net.Conn) error {
	if err := connection.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(connection, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Close {
		return fmt.Errorf("%d, close %v", response.StatusCode, response.Close)
	}
	return nil
}

// memory is what the process holds in RAM, in bytes.
func memory(t *testing.T, p *harness.Process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
