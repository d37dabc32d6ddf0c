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
)

const (
	redisPatience = 500 * time.Millisecond // for one answer: it is one network away and answers in one
	startPatience = 5 * time.Second        // for the first answer, from a Redis that starts together with us
	redisPrefix   = "sallyport:limit:"     // of every key
)

type shared struct{ client *redis.Client }

// OpenRedis returns counters in the Redis at the URL, shared with every other
// instance that uses it. Time is that of the Redis. It fails when the Redis
// does not answer; no error holds the URL's password.
func OpenRedis(ctx context.Context, url string) (Counters, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("is not a Redis URL") // the cause may quote the password
	}
	options.DialTimeout = redisPatience
	options.ReadTimeout = redisPatience
	options.WriteTimeout = redisPatience
	options.PoolTimeout = redisPatience
	options.MaxRetries = -1 // none: the request that waits for it is answered with the failure
	options.DialerRetries = 1
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // of Redis Enterprise
	logging.Disable()                                                                                    // the package's log, of all its clients: each error it writes it also returns
	client := redis.NewClient(options)
	ctx, cancel := context.WithTimeout(ctx, startPatience)
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
