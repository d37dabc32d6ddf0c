package serve

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// asked is the answer to one request on the connection.
func asked(t *testing.T, connection net.Conn) *http.Response {
	t.Helper()
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// wantClosed fails unless the server closes the connection now.
func wantClosed(t *testing.T, connection net.Conn) {
	t.Helper()
	began := time.Now()
	if n, err := connection.Read(make([]byte, 1)); n > 0 || err == nil || time.Since(began) > 0 {
		t.Errorf("read %d, %v after %v", n, err, time.Since(began))
	}
}

func TestUntil_AnswersForTheDelayAndClosesEachConnectionWithItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 5 * time.Second
		listener, stop, ended := delayed(t, func(http.ResponseWriter, *http.Request) {}, delay, io.Discard)
		used, idle := listener.dial(t), listener.dial(t)
		for _, connection := range []net.Conn{used, idle} {
			if asked(t, connection).Close {
				t.Error("a connection is closed before the server stops")
			}
		}
		stopped := time.Now()
		stop()
		synctest.Wait()
		time.Sleep(delay - time.Second) // of the bubble's clock
		fresh := listener.dial(t)
		for _, connection := range []net.Conn{used, fresh} {
			if !asked(t, connection).Close {
				t.Error("the client is not told that the connection is closed")
			}
			wantClosed(t, connection)
		}
		if err := <-ended; err != nil || time.Since(stopped) != delay {
			t.Errorf("ended after %v: %v", time.Since(stopped), err)
		}
		wantClosed(t, idle) // and not before: what a proxy was sending on it would be lost
	})
}

func TestUntil_KeepsIdleConnectionsOpenForTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, stop, ended := delayed(t, func(http.ResponseWriter, *http.Request) {}, 5*time.Second, io.Discard)
		idle := listener.dial(t)
		asked(t, idle)
		stop()
		synctest.Wait()
		time.Sleep(4 * time.Second) // of the bubble's clock
		if answer := asked(t, idle); answer.StatusCode != http.StatusOK || !answer.Close {
			t.Errorf("%v", answer)
		}
		<-ended
	})
}
