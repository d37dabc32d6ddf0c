package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"sallyport/internal/redisclient"
)

// Redis opens that of REDIS_URL; it is nil where the variable is not set. One that
// does not answer is a line of the log and no error: an instance that starts
// meanwhile serves what needs no Redis.
func Redis(ctx context.Context, url string, log *slog.Logger) (*redis.Client, error) {
	if url == "" {
		return nil, nil
	}
	client, err := redisclient.Open(ctx, url)
	switch {
	case errors.Is(err, redisclient.ErrAway):
		log.ErrorContext(ctx, "starting without the Redis of REDIS_URL: passwords are refused and each request reads the user's row until it answers",
			slog.String("event", "redis_away"), slog.Any("error", err))
	case err != nil:
		return nil, fmt.Errorf("REDIS_URL: %w; use redis://user:password@host:6379/0 of a Redis that is running, or unset it", err)
	case redisclient.Evicts(ctx, client):
		log.WarnContext(ctx, "this Redis drops keys when its memory is full, and with them the counts of limits; set its maxmemory-policy to noeviction")
	}
	return client, nil
}
