// Package news carries the ids of users whose rows have changed from one
// instance to all others, so that none goes on with what it remembers of them.
// There are two ways: a [Channel] through Redis, within milliseconds, which also
// says whether it can be trusted; and a [Poll] of rows in the database, within a
// second, which nothing that happens to Redis or to the writer can lose. It
// imports no other package of the program.
package news

import (
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Memory is what an instance remembers of users.
type Memory interface {
	// Forget drops what is remembered of these users. A read of a row that began
	// before is not remembered after it.
	Forget(users ...uuid.UUID)
	// ForgetAll is Forget of everybody.
	ForgetAll()
}

// elapsed is how long ago a time was: by the clock that stands still while the
// machine is suspended, or by the one that people set, whichever says more.
func elapsed(now, since time.Time) time.Duration {
	return max(now.Sub(since), now.Round(0).Sub(since.Round(0)).Abs())
}

func because(reason string) slog.Attr { return slog.String("reason", reason) }
