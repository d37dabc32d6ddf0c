package news

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

const (
	topic     = "sallyport:news"
	beatEvery = 200 * time.Millisecond // so that four may be late
	beatLife  = time.Second            // how long a beat proves that news arrives
	settle    = time.Second            // at most, until the proof counts: instances that lost Redis together do not all read every row at once
	waiting   = 4096                   // users whose news wait to be sent
)

// Channel sends and receives news through a topic of Redis. It is safe for
// concurrent use. Create one with [NewChannel] and call Run.
type Channel struct {
	redis  redis.UniversalClient
	memory Memory
	now    func() time.Time
	log    *slog.Logger
	self   uuid.UUID // of this instance, new at each start
	queue  chan uuid.UUID
	beats  beats
	told   bool // that no news arrives; only for the goroutine of Run
}

// NewChannel returns a channel over the client. now needs a monotonic reading, as
// that of time.Now.
func NewChannel(client redis.UniversalClient, memory Memory, now func() time.Time, log *slog.Logger) *Channel {
	return &Channel{redis: client, memory: memory, now: now, log: log, self: uuid.New(), queue: make(chan uuid.UUID, waiting)}
}

// Trusted reports whether news arrives: a beat that this instance published at
// most a second ago has come back over its subscription. Whatever was published
// before that beat has then arrived too.
func (c *Channel) Trusted() bool { return c.beats.fresh(c.now()) }

// Publish sends the news that the user's row has changed, after the change is
// durable. It never waits: where news cannot be sent, the rows that [Poll] reads
// are what tells the others.
func (c *Channel) Publish(user uuid.UUID) {
	select {
	case c.queue <- user:
	default:
	}
}

// Run sends and receives until ctx ends.
func (c *Channel) Run(ctx context.Context) {
	var parts sync.WaitGroup
	parts.Go(func() { c.beat(ctx) })
	parts.Go(func() { c.send(ctx) })
	for ctx.Err() == nil {
		err := c.listen(ctx)
		c.lose(ctx, err)
		pause(ctx, beatEvery)
	}
	parts.Wait()
}

// listen receives over one subscription until that fails. What was published
// before it began is lost, so nothing that is remembered survives its begin.
func (c *Channel) listen(ctx context.Context) error {
	subscription := c.redis.Subscribe(ctx, topic)
	defer subscription.Close()
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })() // what ends a read that waits
	subscribed := false
	for {
		received, err := subscription.ReceiveTimeout(ctx, beatLife)
		if err != nil { // a second without a beat is a dead connection too
			return err
		}
		switch received := received.(type) {
		case *redis.Subscription:
			if subscribed {
				return errRenewed
			}
			subscribed = true
			c.memory.ForgetAll()
			c.beats.begin(c.now().Add(rand.N(settle))) // #nosec G404 -- spreads load, guards nothing
		case *redis.Message:
			c.receive(received.Payload)
		}
	}
}

func (c *Channel) receive(payload string) {
	m, ok := decode(payload)
	switch {
	case !ok:
		c.memory.ForgetAll() // of another version of the program
	case m.from != c.self:
		c.memory.Forget(m.users...)
	case m.beat > 0 && c.beats.arrived(m.beat):
		c.told = false
		c.log.Info("news of other instances arrives", slog.String("event", "news_arrives"))
	}
}

// lose ends the trust, and says so once, also where there has been none yet: Redis
// may refuse the topic to our user for ever.
func (c *Channel) lose(ctx context.Context, err error) {
	c.beats.end()
	if !c.told && ctx.Err() == nil {
		c.told = true
		c.log.Warn("no news of other instances: each request reads the user's row until it arrives", slog.String("event", "news_lost"), slog.Any("error", err))
	}
	c.memory.ForgetAll()
}

// beat publishes one beat after the other. Where one is not answered in its time
// the next is sent all the same: it may be the one that comes back.
func (c *Channel) beat(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		if number := c.beats.send(c.now()); c.publish(ctx, message{from: c.self, beat: number}) != nil {
			c.log.DebugContext(ctx, "beat not sent", because("redis"))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// send publishes what waits, many users in one message.
func (c *Channel) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case user := <-c.queue:
			users := append(c.rest(), user)
			_ = c.publish(ctx, message{from: c.self, users: users}) // the rows tell the others
		}
	}
}

// rest takes what else waits, as much as a message holds.
func (c *Channel) rest() (users []uuid.UUID) {
	for len(users) < maxUsers-1 {
		select {
		case user := <-c.queue:
			users = append(users, user)
		default:
			return users
		}
	}
	return users
}

func (c *Channel) publish(ctx context.Context, m message) error {
	ctx, cancel := context.WithTimeout(ctx, beatLife)
	defer cancel()
	return c.redis.Publish(ctx, topic, m.encode()).Err()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
