// Package redisclient opens the Redis that several instances share. Most callers
// need [Open]. It imports no other package of the program.
package redisclient

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	timeout      = 500 * time.Millisecond // for one answer
	startTimeout = 5 * time.Second        // for the first answers: Redis may start together with this program
)

// ErrAway says that Redis does not answer. The client connects as soon as it does.
var ErrAway = errors.New("no answer from Redis")

// Open returns a client of the Redis at the URL. Each call has half a second and
// is not repeated: a request is waiting. Where Redis does not answer within 5
// seconds the error is [ErrAway] and the client is good all the same. Any other
// error is one of the URL, or what Redis says of it, and there is no client. No
// error contains the URL's password.
func Open(ctx context.Context, url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("is not a Redis URL") // the cause may contain the password
	}
	options.DialTimeout = timeout
	options.ReadTimeout = timeout
	options.WriteTimeout = timeout
	options.PoolTimeout = timeout
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // only Redis Enterprise has them
	logging.Disable()                                                                                    // for the whole process; every error it would log is also returned
	client := redis.NewClient(options)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = check(ctx, client)
	var refused redis.Error
	switch {
	case err == nil:
		return client, nil
	case errors.Is(err, errCluster), errors.Is(err, errSentinel):
		return nil, errors.Join(err, client.Close())
	case errors.As(err, &refused) && !starting(refused):
		return nil, errors.Join(fmt.Errorf("the Redis at %s refuses: %w", options.Addr, err), client.Close())
	}
	return client, fmt.Errorf("%w at %s: %w", ErrAway, options.Addr, err)
}

var (
	errCluster  = errors.New("is a node of Redis Cluster, which this program does not speak")
	errSentinel = errors.New("is a Redis Sentinel and no Redis, and this program does not ask it for one")
)

// check reports whether Redis answers and is one that the program can use.
func check(ctx context.Context, client *redis.Client) error {
	if err := client.Ping(ctx).Err(); err != nil {
		return err
	}
	info, err := client.Info(ctx).Result()
	switch {
	case err == nil && strings.Contains(info, "cluster_enabled:1"):
		return errCluster
	case err == nil && strings.Contains(info, "redis_mode:sentinel"):
		return errSentinel
	}
	return nil // a user who may not ask for INFO may use the rest
}

// starting are the refusals of a Redis that will answer soon: it loads its data,
// is a replica about to be the primary, or has no connection left.
func starting(refused redis.Error) bool {
	for _, word := range []string{"LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "ERR max number of clients"} {
		if strings.HasPrefix(refused.Error(), word) {
			return true
		}
	}
	return false
}

// Evicts reports whether this Redis may drop keys before their time when its
// memory is full, and with them the counts of limits. Unknown is false: not
// everybody may ask.
func Evicts(ctx context.Context, client *redis.Client) bool {
	found, err := client.ConfigGet(ctx, "maxmemory-policy").Result()
	policy := found["maxmemory-policy"]
	limited, _ := client.ConfigGet(ctx, "maxmemory").Result()
	return err == nil && policy != "" && policy != "noeviction" && limited["maxmemory"] != "0"
}
