package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"sallyport/internal/apperror"

	"github.com/google/uuid"
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
		{errors.New("sql: database is closed"), false, "a fault of this program"},
	} {
		if got := unavailable(fmt.Errorf("wrapped: %w", tt.err)); got != tt.want {
			t.Errorf("%v: %v, want %v: %s", tt.err, got, tt.want, tt.why)
		}
	}
}

func TestSQLite_FullIsUnavailableUntilThereIsSpace(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	limit := func(pages int) {
		if err := store.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Error; err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // in effect: as many as there are
	user := User{ID: uuid.New(), Username: "ada", Email: "ada@example.com", FullName: strings.Repeat("A", 100_000), Role: RoleUser}
	if err := store.CreateUser(t.Context(), &user); apperror.CodeOf(err) != apperror.CodeUnavailable {
		t.Errorf("full: %v", err)
	}
	if _, found, err := store.UserByID(t.Context(), user.ID); found || err != nil {
		t.Errorf("half a user stayed: %v %v", found, err)
	}
	limit(1_000_000)
	if err := store.CreateUser(t.Context(), &user); err != nil {
		t.Errorf("after there is space: %v", err)
	}
}

func TestStore_WaitsForNoDatabaseLongerThanItsClientWaits(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	if err := store.readers.Acquire(t.Context(), sqliteReaders); err != nil { // all are stuck
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // with a clock of its own: the wait takes no time
		if _, _, err := store.UserByID(t.Context(), uuid.New()); apperror.CodeOf(err) != apperror.CodeUnavailable {
			t.Errorf("a read behind stuck ones: %v", err)
		}
	})
}
