// Package password hashes and verifies passwords with Argon2id, and verifies those
// that came with a bcrypt hash. Most callers need [NewHasher] and its three methods.
// It imports no other package of the program.
package password

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"
)

// ErrBusy says that too many passwords wait to be hashed already.
var ErrBusy = errors.New("too many passwords are being hashed")

// Params is the work one hash costs.
type Params = argon2id.Params

// Recommended is the second choice of the OWASP Password Storage Cheat Sheet:
// about 25 ms of one core and 19 MiB (OWASP ASVS 11.4.2).
var Recommended = Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const queuePerSlot = 64 // hashes that may wait for each running one: about two seconds

// Hasher hashes at most as many passwords at once as there are cores, so a
// storm of sign-ins costs bounded memory and leaves time for other requests.
// It is safe for concurrent use.
type Hasher struct {
	params             Params
	slots              *semaphore.Weighted
	beginWait, endWait func()       // of OnWait; nil: nobody asked
	waiting            atomic.Int64 // hashes that run or wait
	refused            atomic.Uint64
	limit              int64
	dummy              string // hash of nothing anybody knows
}

// NewHasher returns a Hasher of the given work.
func NewHasher(params Params) (*Hasher, error) {
	cores := int64(runtime.GOMAXPROCS(0))
	dummy, err := argon2id.CreateHash("a hash to compare with when there is no user", &params)
	if err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	return &Hasher{
		params: params,
		slots:  semaphore.NewWeighted(cores),
		limit:  cores * (queuePerSlot + 1),
		dummy:  dummy,
	}, nil
}

// OnWait calls begin when a hash begins to wait for a slot, and end when that
// hash waits no more. Call it before the Hasher is used.
func (h *Hasher) OnWait(begin, end func()) { h.beginWait, h.endWait = begin, end }

// Load returns how many hashes run, how many wait, and how many were refused with
// [ErrBusy] since the start.
func (h *Hasher) Load() (running, waiting int, refused uint64) {
	all, slots := int(h.waiting.Load()), int(h.limit/(queuePerSlot+1))
	running = min(all, slots)
	return running, all - running, h.refused.Load()
}

// Hash returns the PHC string of the password with a new salt, [ErrBusy] when
// the queue is full, or the error of a context that ended while waiting.
func (h *Hasher) Hash(ctx context.Context, password string) (phc string, err error) {
	err = h.inSlot(ctx, func() error {
		phc, err = argon2id.CreateHash(password, &h.params)
		return err
	})
	return phc, err
}

// Verify compares the password with a hash in constant time: a PHC string, or one
// of bcrypt that [CheckBcrypt] accepts. stale says that the hash is of another
// kind or other parameters than new ones get and should be replaced. Errors are
// those of [Hasher.Hash], or an unreadable hash.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (match, stale bool, err error) {
	err = h.inSlot(ctx, func() error {
		if IsBcrypt(hash) {
			match, stale, err = verifyBcrypt(password, hash)
			return err
		}
		var used *argon2id.Params
		match, used, err = argon2id.CheckHash(password, hash)
		stale = err == nil && *used != h.params
		return err
	})
	return match, stale, err
}

// VerifyNothing takes the time of [Hasher.Verify] and matches never: the
// answer for an unknown user must not come sooner (OWASP ASVS 6.3.8).
func (h *Hasher) VerifyNothing(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, password, h.dummy)
	return err
}

func (h *Hasher) inSlot(ctx context.Context, work func() error) error {
	if h.waiting.Add(1) > h.limit {
		h.waiting.Add(-1)
		h.refused.Add(1)
		return ErrBusy
	}
	defer h.waiting.Add(-1)
	if err := h.slot(ctx); err != nil {
		return err
	}
	defer h.slots.Release(1)
	return work()
}

func (h *Hasher) slot(ctx context.Context) error {
	if h.slots.TryAcquire(1) {
		return nil
	}
	if h.beginWait != nil {
		h.beginWait()
		defer h.endWait()
	}
	return h.slots.Acquire(ctx, 1)
}
