package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/goredisstore.v9"
	"github.com/throttled/throttled/v2/store/memstore"
)

const (
	maxKeys      = 10_000                 // in memory, for one rate of one limit: about 3 MB
	redisTimeout = 500 * time.Millisecond // for one answer
	startTimeout = 5 * time.Second        // for the first answer: Redis may start together with this program
	redisPrefix  = "sallyport:limit:"     // of every key
)

// Counters store the counts of limits: [NewMemory] or [OpenRedis].
type Counters interface {
	// store returns the counters of one rate of one limit.
	store(name string) (throttled.GCRAStoreCtx, error)
	// Close closes connections.
	Close() error
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

func (memory) Close() error { return nil }

type shared struct{ client *redis.Client }

// OpenRedis returns counters in the Redis at the URL, shared by all instances
// that use it. The clock is that of Redis. It returns an error if Redis does not
// answer within 5 seconds. No error contains the URL's password.
func OpenRedis(ctx context.Context, url string) (Counters, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("is not a Redis URL") // the cause may contain the password
	}
	options.DialTimeout = redisTimeout
	options.ReadTimeout = redisTimeout
	options.WriteTimeout = redisTimeout
	options.PoolTimeout = redisTimeout
	options.MaxRetries = -1 // none: a request is waiting
	options.DialerRetries = 1
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // only Redis Enterprise has them
	logging.Disable()                                                                                    // for the whole process; every error it would log is also returned
	client := redis.NewClient(options)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("no answer from Redis at %s: %w", options.Addr, err), client.Close())
	}
	return shared{client}, nil
}

func (s shared) store(name string) (throttled.GCRAStoreCtx, error) {
	return goredisstore.NewCtx(s.client, redisPrefix+name)
}

func (s shared) Close() error { return s.client.Close() }
