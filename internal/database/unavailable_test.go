package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestUnavailable_IsWhatMayWorkLater(t *testing.T) {
	sqlstate := func(code string) error { return &pgconn.PgError{Code: code} }
	for _, tt := range []struct {
		err  error
		want bool
		why  string
	}{
		{sqlstate("57P01"), true, "the server is being stopped"},
		{sqlstate("57P03"), true, "the server is starting"},
		{sqlstate("53100"), true, "its disk is full"},
		{sqlstate("53300"), true, "it has too many connections"},
		{sqlstate("08006"), true, "the connection broke"},
		{sqlstate("25006"), true, "this is the standby now"},
		{sqlstate("23505"), false, "a duplicate stays one"},
		{sqlstate("42P01"), false, "a table that is missing stays missing"},
		{sqlstate("22021"), false, "bad text stays bad"},
		{sqlstate(""), false, "no server sends it"},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true, "the network broke"},
		{io.ErrUnexpectedEOF, true, "the server died in its answer"},
		{context.DeadlineExceeded, true, "too slow"},
		{context.Canceled, false, "the client went away: nobody waits for an answer"},
		{sqlstate("40001"), true, "a conflict of serializable transactions"},
		{sqlstate("40P01"), true, "a deadlock"},
		{pgconn.ErrConnClosed, true, "the server died between two statements"},
		{errUndone, true, "another change took it along"},
		{errQueueFull, true, "too many others write"},
		{errors.New("sql: database is closed"), false, "a fault of this program"},
	} {
		if got := Unavailable(fmt.Errorf("wrapped: %w", tt.err)); got != tt.want {
			t.Errorf("%v: %v, want %v: %s", tt.err, got, tt.want, tt.why)
		}
	}
}
