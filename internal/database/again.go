package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	maxTries   = 5
	firstPause = 20 * time.Millisecond // at most; each further one may be twice as long
)

// again makes a call and repeats it while that is harmless and may help: PostgreSQL
// has rolled it back for a conflict with others. A connection that is lost in a
// change, at its commit above all, leaves unknown whether the change was made: that is
// never repeated, and the caller has to read.
func again(ctx context.Context, harmless func(error) bool, call func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := call()
		if err == nil || try == maxTries || !harmless(err) {
			return err
		}
		select {
		case <-time.After(rand.N(pause)): // #nosec G404 -- spreads load, guards nothing
			pause *= 2
		case <-ctx.Done():
			return err
		}
	}
}

// SQLSTATE codes. Source: PostgreSQL 17, appendix A.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	readOnlyServer       = "25006"
)

// rolledBack says that nothing of a change was made. It does not ask
// pgconn.SafeToRetry, which is also true of a COMMIT whose answer was lost.
func rolledBack(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && (failure.Code == serializationFailure || failure.Code == deadlockDetected)
}

// readAgain says that a read can be repeated: it has changed nothing, so a lost
// connection is no obstacle. A time that is over is.
func readAgain(err error) bool {
	var failure *pgconn.PgError
	if errors.As(err, &failure) && slices.Contains([]string{adminShutdown, crashShutdown}, failure.Code) {
		return true
	}
	var network net.Error
	if errors.As(err, &network) {
		return !network.Timeout()
	}
	return rolledBack(err) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}
