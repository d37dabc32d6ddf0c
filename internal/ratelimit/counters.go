package ratelimit

import (
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/goredisstore.v9"
	"github.com/throttled/throttled/v2/store/memstore"
)

const (
	maxKeys     = 10_000             // in memory, for one rate of one limit: about 3 MB
	redisPrefix = "sallyport:limit:" // of every key
)

// Counters store the counts of limits: [NewMemory] or [NewShared].
type Counters interface {
	// store returns the counters of one rate of one limit.
	store(name string) (throttled.GCRAStoreCtx, error)
}

type memory struct{ now func() time.Time }

// NewMemory returns counters in this process. They start empty and are not
// shared. With more than 10,000 keys for a rate the least recently used key is
// dropped: to remove its own counter, a client has to take once from 10,000
// other keys, and each of those counts too.
func NewMemory(now func() time.Time) Counters { return memory{now} }

func (m memory) store(string) (throttled.GCRAStoreCtx, error) {
	s, err := memstore.New(maxKeys)
	if err != nil {
		return nil, err
	}
	s.SetTimeNow(m.now)
	return throttled.WrapStoreWithContext(s), nil
}

type shared struct{ client redis.UniversalClient }

// NewShared returns counters in Redis, shared by all instances that use it. The
// clock is that of Redis.
func NewShared(client redis.UniversalClient) Counters { return shared{client} }

func (s shared) store(name string) (throttled.GCRAStoreCtx, error) {
	return goredisstore.NewCtx(s.client, redisPrefix+name)
}
