package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/internal/ratelimit"
	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func limiter(t *testing.T, counters ratelimit.Counters, policy ratelimit.Policy) ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(counters, policy, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func openRedis(t *testing.T, url string) ratelimit.Counters {
	t.Helper()
	return ratelimit.NewShared(harness.OpenRedis(t, url))
}

// onEach runs the test with both kinds of counters. The clock of memory stands
// still; that of Redis runs, and the rates per hour hardly notice.
func onEach(t *testing.T, test func(t *testing.T, counters ratelimit.Counters)) {
	t.Run("memory", func(t *testing.T) { test(t, ratelimit.NewMemory(harness.NewClock().Now)) })
	t.Run("redis", func(t *testing.T) { test(t, openRedis(t, harness.NewRedis(t).URL)) })
}

// taken takes from the key until it is refused.
func taken(t *testing.T, l ratelimit.Limiter, key string) (n int, refusal *ratelimit.Exceeded) {
	t.Helper()
	for {
		err := l.Take(t.Context(), key)
		if errors.As(err, &refusal) {
			return n, refusal
		}
		if err != nil || n == 1000 {
			t.Fatalf("after %d: %v", n, err)
		}
		n++
	}
}

func TestTake_AllowsTheCountAndSaysWhenTheNextIsAccepted(t *testing.T) {
	onEach(t, func(t *testing.T, counters ratelimit.Counters) {
		l := limiter(t, counters, ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 6, Period: time.Hour}}})
		n, refusal := taken(t, l, "key")
		if n != 6 || refusal.Limit != "a" || refusal.Quota != 6 {
			t.Errorf("%d taken, then %+v", n, refusal)
		}
		if wait := refusal.RetryAfter; wait > 10*time.Minute || wait < 9*time.Minute {
			t.Errorf("one of 6 an hour comes back in %s", wait)
		}
		if n, _ := taken(t, l, "another key"); n != 6 {
			t.Errorf("another key shares the counter: %d", n)
		}
		other := limiter(t, counters, ratelimit.Policy{Name: "b", Rates: []ratelimit.Rate{{Count: 6, Period: time.Hour}}})
		if n, _ := taken(t, other, "key"); n != 6 {
			t.Errorf("another limit shares the counter: %d", n)
		}
	})
}

func TestTake_RetryAfterIsTheMomentAndNotSooner(t *testing.T) {
	clock := harness.NewClock()
	l := limiter(t, ratelimit.NewMemory(clock.Now), ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 20, Period: time.Minute}}})
	_, refusal := taken(t, l, "key")
	clock.Advance(refusal.RetryAfter - time.Millisecond)
	if n, _ := taken(t, l, "key"); n != 0 {
		t.Errorf("%d taken a millisecond too early", n)
	}
	clock.Advance(time.Millisecond)
	if n, _ := taken(t, l, "key"); n != 1 {
		t.Errorf("%d taken at the moment it named, want 1", n)
	}
	clock.Advance(time.Minute)
	if n, _ := taken(t, l, "key"); n != 20 {
		t.Errorf("%d taken after a quiet period, want all 20", n)
	}
}

func TestTake_OfSeveralRatesAllApplyAndDelaysGrow(t *testing.T) {
	clock := harness.NewClock()
	l := limiter(t, ratelimit.NewMemory(clock.Now), ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{
		{Count: 20, Period: time.Hour}, {Count: 5, Period: time.Minute}, // in any order
	}})
	var waits []time.Duration
	for passed := 0; passed < 40; {
		n, refusal := taken(t, l, "key")
		passed += n
		waits = append(waits, refusal.RetryAfter)
		clock.Advance(refusal.RetryAfter)
	}
	if first, last := waits[0], waits[len(waits)-1]; first != 12*time.Second || last != 3*time.Minute {
		t.Errorf("the first wait is %s, want 12s; the last %s, want 3m: %v", first, last, waits)
	}
}

func TestTake_WhatOneRateRejectsIsNotCountedByTheLongerOnes(t *testing.T) {
	clock := harness.NewClock()
	l := limiter(t, ratelimit.NewMemory(clock.Now), ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{
		{Count: 1, Period: time.Second}, {Count: 10, Period: 24 * time.Hour},
	}})
	for range 1000 {
		_ = l.Take(t.Context(), "key") // all but the first are refused
	}
	for i := range 9 {
		clock.Advance(time.Second)
		if err := l.Take(t.Context(), "key"); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
}

// TestTake_RetryAfterIsTrueForAnyRates makes any requests under any policies.
// Where nobody else comes, a refused request passes after the whole seconds that
// an answer says, and not one second earlier. A twin that gets only what passes
// decides the same, so a refusal has used nothing up.
func TestTake_RetryAfterIsTrueForAnyRates(t *testing.T) {
	var refusals int
	rapid.Check(t, func(t *rapid.T) {
		clock := harness.NewClock()
		policies := rapid.SliceOfN(rapid.Map(rapid.SliceOfNDistinct(rapid.SampledFrom(periods), 1, 4, rapid.ID[time.Duration]), func(periods []time.Duration) (p ratelimit.Policy) {
			for _, period := range periods {
				p.Rates = append(p.Rates, ratelimit.Rate{Count: rapid.IntRange(1, 12).Draw(t, "count"), Period: period})
			}
			return p
		}), 1, 3).Draw(t, "policies")
		all, twin := keyed(t, clock.Now, policies), keyed(t, clock.Now, policies)
		take := func() *ratelimit.Exceeded {
			var refusal *ratelimit.Exceeded
			if err := ratelimit.Take(context.Background(), all...); err != nil && !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			if refusal == nil {
				if err := ratelimit.Take(context.Background(), twin...); err != nil {
					t.Fatalf("refused requests left more than they found: %v", err)
				}
			}
			return refusal
		}
		for range rapid.IntRange(1, 40).Draw(t, "requests") {
			clock.Advance(time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "pause")))
			refusal := take()
			if refusal == nil {
				continue
			}
			refusals++
			if err := ratelimit.Take(context.Background(), twin...); err == nil {
				t.Fatal("refused requests have used something up")
			}
			wait := max(time.Second, (refusal.RetryAfter + time.Second - 1).Truncate(time.Second)) // as the answer rounds
			clock.Advance(wait - time.Second)
			if take() == nil {
				t.Fatalf("%+v: passed after %s", refusal, wait-time.Second)
			}
			clock.Advance(time.Second)
			if later := take(); later != nil {
				t.Fatalf("%+v: after %s it is refused again: %+v", refusal, wait, later)
			}
		}
	})
	if refusals == 0 {
		t.Error("nothing was refused")
	}
}

var periods = []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}

// keyed is one limiter with counters of its own for each policy.
func keyed(t *rapid.T, now func() time.Time, policies []ratelimit.Policy) (limits []ratelimit.Keyed) {
	for i, policy := range policies {
		policy.Name = fmt.Sprint(i)
		l, err := ratelimit.New(ratelimit.NewMemory(now), policy, quiet)
		if err != nil {
			t.Fatal(err)
		}
		limits = append(limits, ratelimit.Keyed{Limiter: l, Key: "key"})
	}
	return limits
}

// TestTake_OfSeveralRatesTheLongestWaitIsTheAnswer is the property above with the
// counters of Redis too, whose clock nobody moves.
func TestTake_OfSeveralRatesTheLongestWaitIsTheAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, counters ratelimit.Counters) {
		l := limiter(t, counters, ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 2, Period: time.Minute}, {Count: 2, Period: time.Hour}}})
		n, refusal := taken(t, l, "key")
		if n != 2 || refusal.Quota != 2 || refusal.RetryAfter < 29*time.Minute || refusal.RetryAfter > 30*time.Minute {
			t.Errorf("%d taken, then %+v", n, refusal)
		}
		for range 50 {
			_ = l.Take(t.Context(), "key") // all refused
		}
		l.GiveBack(t.Context(), "key")
		if n, _ := taken(t, l, "key"); n != 1 {
			t.Errorf("%d taken after one was given back", n)
		}
		long := limiter(t, counters, ratelimit.Policy{Name: "b", Rates: []ratelimit.Rate{{Count: 1, Period: time.Minute}, {Count: 10, Period: time.Hour}}})
		_, refusal = taken(t, long, "key")
		if refusal.Quota != 1 || refusal.RetryAfter > time.Minute {
			t.Errorf("only the shorter rate is used up: %+v", refusal)
		}
	})
}

func TestGiveBack_UndoesATake(t *testing.T) {
	onEach(t, func(t *testing.T, counters ratelimit.Counters) {
		l := limiter(t, counters, ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 3, Period: time.Hour}, {Count: 4, Period: 24 * time.Hour}}})
		take := func() {
			if err := l.Take(t.Context(), "key"); err != nil {
				t.Fatal(err)
			}
		}
		take() // stays taken
		for range 50 {
			take()
			l.GiveBack(t.Context(), "key")
		}
		if n, _ := taken(t, l, "key"); n != 2 {
			t.Errorf("%d left, want 2", n)
		}
	})
}

func TestTake_ManyAtOncePassNoMoreThanTheCount(t *testing.T) {
	onEach(t, func(t *testing.T, counters ratelimit.Counters) {
		l := limiter(t, counters, ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 20, Period: time.Hour}}})
		var passed, refused atomic.Int32
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				err := l.Take(t.Context(), "key")
				var refusal *ratelimit.Exceeded
				switch {
				case err == nil:
					passed.Add(1)
				case errors.As(err, &refusal):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if passed.Load() != 20 || refused.Load() != 30 {
			t.Errorf("%d passed and %d were refused, want 20 and 30", passed.Load(), refused.Load())
		}
	})
}

func TestMemory_AMillionKeysCostNoMoreThanTenThousand(t *testing.T) {
	l := limiter(t, ratelimit.NewMemory(time.Now), ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 5, Period: time.Hour}}})
	before := heap()
	for i := range 1_000_000 {
		if err := l.Take(t.Context(), fmt.Sprintf("name-%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	grown := heap() - before
	t.Logf("%d bytes", grown)
	if grown > 4<<20 {
		t.Errorf("a million keys take %d bytes", grown)
	}
	runtime.KeepAlive(l)
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestMemory_AKeyInUseIsNotDroppedForOthers(t *testing.T) {
	l := limiter(t, ratelimit.NewMemory(harness.NewClock().Now), ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 5, Period: time.Hour}}})
	for i := range 50_000 {
		if err := l.Take(t.Context(), fmt.Sprintf("other-%d", i)); err != nil {
			t.Fatal(err)
		}
		if i%9_000 == 0 {
			_ = l.Take(t.Context(), "key") // six times, the last is refused
		}
	}
	if n, _ := taken(t, l, "key"); n != 0 {
		t.Errorf("the key was dropped: %d more", n)
	}
}

func TestRedis_SharedByTwoInstances(t *testing.T) {
	url := harness.NewRedis(t).URL
	policy := ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 6, Period: time.Hour}}}
	one, two := limiter(t, openRedis(t, url), policy), limiter(t, openRedis(t, url), policy)
	for i := range 6 {
		if err := []ratelimit.Limiter{one, two}[i%2].Take(t.Context(), "key"); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []ratelimit.Limiter{one, two} {
		if n, _ := taken(t, l, "key"); n != 0 {
			t.Errorf("%d more on one of two instances", n)
		}
	}
}

func TestRedis_WithoutItThePolicyDecidesUntilItIsBack(t *testing.T) {
	server := harness.NewRedis(t)
	counters := openRedis(t, server.URL)
	rates := []ratelimit.Rate{{Count: 6, Period: time.Hour}}
	closed := limiter(t, counters, ratelimit.Policy{Name: "closed", Rates: rates})
	open := limiter(t, counters, ratelimit.Policy{Name: "open", Rates: rates, FailOpen: true})
	server.Stop()
	for range 20 { // more than the connections that were open
		if err := closed.Take(t.Context(), "key"); !errors.Is(err, ratelimit.ErrUnavailable) {
			t.Fatalf("without Redis: %v", err)
		}
		if err := open.Take(t.Context(), "key"); err != nil {
			t.Fatalf("without Redis, failing open: %v", err)
		}
	}
	server.Start()
	for deadline := time.Now().Add(30 * time.Second); closed.Take(t.Context(), "is it back?") != nil; time.Sleep(20 * time.Millisecond) { // another process: there is no clock to inject
		if time.Now().After(deadline) {
			t.Fatal("Redis is back and is not used again")
		}
	}
	for _, l := range []ratelimit.Limiter{closed, open} {
		if n, _ := taken(t, l, "key"); n != 6 {
			t.Errorf("%d taken after Redis came back empty", n)
		}
	}
}

func TestRedis_AClientThatDisconnectedIsCounted(t *testing.T) {
	l := limiter(t, openRedis(t, harness.NewRedis(t).URL), ratelimit.Policy{Name: "a", Rates: []ratelimit.Rate{{Count: 1, Period: time.Hour}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Take(ctx, "key"); err != nil {
		t.Error(err)
	}
	if n, _ := taken(t, l, "key"); n != 0 {
		t.Error("what a client takes and does not wait for was not counted")
	}
}
