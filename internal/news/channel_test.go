package news_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/internal/news"
	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// memory notes what it has to forget.
type memory struct {
	mu    sync.Mutex
	users []uuid.UUID
	all   int
}

func (m *memory) Forget(users ...uuid.UUID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users = append(m.users, users...)
}

func (m *memory) ForgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all++
}

func (m *memory) forgot() (users []uuid.UUID, all int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.users), m.all
}

// clock is the real one with what a test adds.
type clock struct {
	mu         sync.Mutex
	ahead      time.Duration
	suspension time.Duration // that only the clock on the wall has seen
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now().Add(c.ahead)
	if c.suspension != 0 {
		now = now.Round(0).Add(c.suspension) // without a monotonic reading
	}
	return now
}

func (c *clock) set(ahead, suspension time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead, c.suspension = ahead, suspension
}

// instance is one of several that share a Redis.
type instance struct {
	*news.Channel
	memory memory
	clock  clock
	log    harness.Log
}

func newInstance(t *testing.T, url string) *instance {
	t.Helper()
	i := &instance{}
	i.Channel = news.NewChannel(harness.OpenRedis(t, url), &i.memory, i.clock.Now, slog.New(slog.NewJSONHandler(&i.log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return i
}

func (i *instance) awaitTrust(t *testing.T, want bool) {
	t.Helper()
	harness.Await(t, func() error {
		if i.Trusted() != want {
			return errors.New("trusted is not " + map[bool]string{true: "true", false: "false"}[want])
		}
		return nil
	})
}

func (i *instance) awaitForgotten(t *testing.T, user uuid.UUID) {
	t.Helper()
	harness.Await(t, func() error {
		if users, _ := i.memory.forgot(); !slices.Contains(users, user) {
			return errors.New("the news has not arrived")
		}
		return nil
	})
}

// awaitForgetting waits until everybody was forgotten once more.
func (i *instance) awaitForgetting(t *testing.T, before int) {
	t.Helper()
	harness.Await(t, func() error {
		if _, all := i.memory.forgot(); all <= before {
			return errors.New("nothing was forgotten")
		}
		return nil
	})
}

func TestChannel_CarriesNewsToTheOthersAndNotBack(t *testing.T) {
	url := harness.NewRedis(t).URL
	one, two := newInstance(t, url), newInstance(t, url)
	one.awaitTrust(t, true)
	two.awaitTrust(t, true)
	user := uuid.New()
	one.Publish(user)
	two.awaitForgotten(t, user)
	back := uuid.New()
	two.Publish(back)
	one.awaitForgotten(t, back)
	if users, _ := one.memory.forgot(); slices.Contains(users, user) {
		t.Error("an instance drops what it has just written itself")
	}
}

func TestChannel_IsNotTrustedWithoutAnAnswerAndForgetsAll(t *testing.T) {
	redis := harness.NewRedis(t)
	for name, interrupt := range map[string]func(){
		"gone":    redis.Stop,
		"hanging": redis.Hang,
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, redis.URL)
			i.awaitTrust(t, true)
			_, before := i.memory.forgot()
			interrupt()
			i.awaitTrust(t, false)
			i.awaitForgetting(t, before)
			redis.Stop()
			redis.Start()
			i.awaitTrust(t, true)
		})
	}
}

func TestChannel_ARenewedSubscriptionForgetsAllAndIsTrustedAgain(t *testing.T) {
	redis := harness.NewRedis(t)
	i := newInstance(t, redis.URL)
	i.awaitTrust(t, true)
	_, before := i.memory.forgot()
	if killed, err := harness.OpenRedis(t, redis.URL).ClientKillByFilter(t.Context(), "TYPE", "pubsub").Result(); killed != 1 || err != nil {
		t.Fatal(killed, err)
	}
	i.awaitForgetting(t, before)
	i.awaitTrust(t, true)
}

func TestChannel_ABeatOfAnHourAgoProvesNothing(t *testing.T) {
	url := harness.NewRedis(t).URL
	for name, jump := range map[string]func(c *clock){
		"the process stood still":   func(c *clock) { c.set(time.Hour, 0) },
		"the machine was suspended": func(c *clock) { c.set(0, time.Hour) },
		"the clock was set back":    func(c *clock) { c.set(0, -time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, url)
			i.awaitTrust(t, true)
			jump(&i.clock)
			if i.Trusted() {
				t.Error("still trusted")
			}
			if name != "the clock was set back" { // which a time without a monotonic reading cannot show
				i.awaitTrust(t, true) // by a beat of now
			}
		})
	}
}

func TestChannel_UnknownNewsForgetsAll(t *testing.T) {
	url := harness.NewRedis(t).URL
	i := newInstance(t, url)
	i.awaitTrust(t, true)
	_, before := i.memory.forgot()
	if err := harness.OpenRedis(t, url).Publish(t.Context(), "sallyport:news", "of a later version").Err(); err != nil {
		t.Fatal(err)
	}
	i.awaitForgetting(t, before)
}

func TestPoll_ForgetsWhatIsNewAndAllAfterAGap(t *testing.T) {
	now := time.Now()
	var m memory
	rows := []news.Row{{ID: uuid.New(), UserID: uuid.New()}}
	var failure error
	poll := news.NewPoll(func(context.Context) ([]news.Row, error) { return rows, failure }, &m, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	poll.Read(t.Context())
	poll.Read(t.Context())
	if users, all := m.forgot(); !slices.Equal(users, []uuid.UUID{rows[0].UserID}) || all != 0 {
		t.Fatalf("after two reads of one row it forgot %v and %d times all", users, all)
	}
	rows = append(rows, news.Row{ID: uuid.New(), UserID: rows[0].UserID})
	now = now.Add(time.Second)
	poll.Read(t.Context())
	if users, _ := m.forgot(); len(users) != 2 {
		t.Errorf("news of the same user again: %v", users)
	}
	failure = errors.New("the database is away")
	now = now.Add(16 * time.Second)
	poll.Read(t.Context())
	failure = nil
	poll.Read(t.Context())
	if _, all := m.forgot(); all == 0 {
		t.Error("rows may have come and gone, and nothing was forgotten")
	}
}

// A Redis whose user may not use the topic is one from which news never arrives: the
// operator has to learn that without having seen it arrive before.
func TestChannel_SaysThatNewsNeverArrived(t *testing.T) {
	redis := harness.NewRedis(t)
	redis.Command("ACL SETUSER default resetchannels")
	i := newInstance(t, redis.URL)
	harness.Await(t, func() error {
		if said := i.log.String(); !strings.Contains(said, "news_lost") || !strings.Contains(said, "NOPERM") {
			return errors.New("the log does not say why there is no news: " + said)
		}
		return nil
	})
	_, before := i.memory.forgot()
	i.awaitForgetting(t, before+2) // further subscriptions have failed
	if n := strings.Count(i.log.String(), "news_lost"); n != 1 {
		t.Errorf("said %d times", n)
	}
	redis.Command("ACL SETUSER default allchannels")
	i.awaitTrust(t, true)
	if !strings.Contains(i.log.String(), "news_arrives") {
		t.Error("the log does not say that it arrives")
	}
}
