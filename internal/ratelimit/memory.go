package ratelimit

import (
	"time"

	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
)

// Counters are where limits count: [NewMemory] or [OpenRedis].
type Counters interface {
	// store returns the counters of one rate of one limit.
	store(name string) (throttled.GCRAStoreCtx, error)
	// Close gives up what the counters hold open.
	Close() error
}

// maxKeys bounds the memory of one rate of one limit, to about 3 MB. The key
// least recently used makes room: whoever wants a counter of his forgotten has
// to take once from 10,000 other keys first, each of which counts too.
const maxKeys = 10_000

type memory struct{ now func() time.Time }

// NewMemory returns counters in this process. They start empty with it and are
// shared with no other.
func NewMemory(now func() time.Time) Counters { return memory{now} }

func (m memory) store(string) (throttled.GCRAStoreCtx, error) {
	store, err := memstore.New(maxKeys)
	if err != nil {
		return nil, err
	}
	store.SetTimeNow(m.now)
	return throttled.WrapStoreWithContext(store), nil
}

func (memory) Close() error { return nil }
