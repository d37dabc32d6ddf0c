package harness

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echoServer answers each byte with itself, and counts those that it got.
func echoServer(t *testing.T) (address string, got <-chan byte) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	seen := make(chan byte, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				one := make([]byte, 1)
				for {
					if _, err := io.ReadFull(conn, one); err != nil {
						return
					}
					seen <- one[0]
					if _, err := conn.Write(one); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String(), seen
}

func dialed(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func echo(conn net.Conn, b byte) error {
	one := []byte{b}
	if _, err := conn.Write(one); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, one)
	return err
}

// dialAndEcho fails where a reset comes before the connection is open too.
func dialAndEcho(p *Proxy, b byte) error {
	conn, err := net.Dial("tcp", p.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	return echo(conn, b)
}

// silent reports whether nothing comes back, not even an end.
func silent(t *testing.T, conn net.Conn, b byte) bool {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	err := echo(conn, b)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func TestProxy_DropsSilentlyAndForGood(t *testing.T) {
	target, got := echoServer(t)
	p := NewProxy(t, target)
	idle, busy := dialed(t, p), dialed(t, p)
	for _, conn := range []net.Conn{idle, busy} {
		if err := echo(conn, 1); err != nil {
			t.Fatal(err)
		}
		<-got
	}
	p.Drop()
	if !silent(t, busy, 2) || !silent(t, dialed(t, p), 2) || len(got) > 0 {
		t.Error("something passed")
	}
	p.Pass()
	if !silent(t, busy, 3) || len(got) > 0 {
		t.Error("a connection with a hole in it passes something")
	}
	if err := errors.Join(echo(idle, 4), echo(dialed(t, p), 5)); err != nil {
		t.Errorf("connections that lost nothing: %v", err)
	}
	if p.Opened() != 4 {
		t.Errorf("%d opened", p.Opened())
	}
}

func TestProxy_DropsOnlyAnswers(t *testing.T) {
	target, got := echoServer(t)
	p := NewProxy(t, target)
	conn := dialed(t, p)
	p.DropAnswers()
	if !silent(t, conn, 7) || <-got != 7 {
		t.Error("the request did not arrive, or its answer did")
	}
}

func TestProxy_RefusesAndCuts(t *testing.T) {
	target, _ := echoServer(t)
	p := NewProxy(t, target)
	conn := dialed(t, p)
	if err := echo(conn, 1); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if err := echo(conn, 1); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the cut: %v", err)
	}
	if err := dialAndEcho(p, 1); err != nil {
		t.Errorf("a new one after the cut: %v", err)
	}
	p.Refuse()
	if err := dialAndEcho(p, 1); err == nil {
		t.Error("a new one while it refuses")
	}
	other, got := echoServer(t)
	p.Retarget(other)
	p.Pass()
	if err := dialAndEcho(p, 9); err != nil || <-got != 9 {
		t.Errorf("the other server did not get it: %v", err)
	}
}
