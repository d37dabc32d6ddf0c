package wire

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"sallyport/auth"
	"sallyport/config"
	"sallyport/internal/news"
	"sallyport/models"
)

// outside connects what an instance remembers with the news of other processes.
type outside struct {
	poll    *news.Poll    // nil where nothing is remembered
	channel *news.Channel // nil where there is no other instance
}

// manyInstances reports whether other instances may change what this one
// remembers.
func manyInstances(c config.Config) bool { return models.Driver(c.Database.Driver) == models.Postgres }

// cacheTTL is 0 on PostgreSQL without Redis, where another instance may end a
// session that this one remembers: revocation is immediate there too, at a query a
// request.
func cacheTTL(c config.Config) time.Duration {
	if manyInstances(c) && c.RedisURL == "" {
		return 0
	}
	return c.Sessions.CacheTTL
}

// forAuth is what the use cases know of it. They are built first.
func (o *outside) forAuth(c config.Config) auth.Outside {
	if !manyInstances(c) || cacheTTL(c) == 0 {
		return auth.Outside{}
	}
	return auth.Outside{
		Heard:   o.heard,
		Changed: func(user uuid.UUID) { o.channel.Publish(user) },
	}
}

// heard reports whether every change of another instance is known here.
func (o *outside) heard() bool { return o.channel.Trusted() && o.poll.Trusted() }

// connect opens the ways of news to what service remembers. They go by the real
// clock, as the network does.
func (o *outside) connect(p Parts, service *auth.Service) {
	if cacheTTL(p.Config) == 0 {
		return
	}
	o.poll = news.NewPoll(p.Store.RecentNews, service, time.Now, p.Log)
	if manyInstances(p.Config) {
		o.channel = news.NewChannel(p.Redis, service, time.Now, p.Log)
	}
}

// run sends and receives news until ctx ends.
func (o *outside) run(ctx context.Context) {
	var ways sync.WaitGroup
	if o.poll != nil {
		ways.Go(func() { o.poll.Run(ctx) })
	}
	if o.channel != nil {
		ways.Go(func() { o.channel.Run(ctx) })
	}
	ways.Wait()
}

var errNoNews = errors.New("news does not come back")

// helpful are the parts without which requests are answered, at a price.
func (o *outside) helpful(p Parts) map[string]func(context.Context) error {
	if p.Redis == nil {
		return nil
	}
	return map[string]func(context.Context) error{"redis": func(ctx context.Context) error {
		if o.channel != nil && !o.channel.Trusted() {
			return errNoNews
		}
		return p.Redis.Ping(ctx).Err()
	}}
}
