package mail_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"sallyport/internal/mail"
)

// memory is a queue of one process, without leases: nothing here ends one.
type memory struct {
	mu      sync.Mutex
	waiting []mail.Message
	due     map[uuid.UUID]time.Time
	failure error // of every call
}

func queue(messages ...mail.Message) *memory {
	q := &memory{due: make(map[uuid.UUID]time.Time)}
	q.add(messages...)
	return q
}

func (q *memory) add(messages ...mail.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range messages {
		q.waiting = append(q.waiting, m)
		q.due[m.ID] = m.CreatedAt
	}
}

func (q *memory) LeaseMail(_ context.Context, now, leaseEnd time.Time, n int) (leased []mail.Message, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.waiting {
		m := &q.waiting[i]
		if len(leased) < n && !q.due[m.ID].After(now) && m.LeaseEnd.IsZero() {
			m.LeaseEnd = leaseEnd
			leased = append(leased, *m)
		}
	}
	return leased, q.failure
}

func (q *memory) RemoveMail(_ context.Context, m mail.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(other mail.Message) bool { return other.ID == m.ID })
	return q.failure
}

func (q *memory) RetryMail(_ context.Context, m mail.Message, at time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.waiting {
		if q.waiting[i].ID == m.ID {
			q.waiting[i].Attempts++
			q.waiting[i].LeaseEnd = time.Time{}
			q.due[m.ID] = at
		}
	}
	return q.failure
}

func (q *memory) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// sender sends with a function.
type sender func(ctx context.Context, m mail.Mail) error

func (s sender) Send(ctx context.Context, m mail.Mail) error { return s(ctx, m) }

// outcomes are what a courier reports, by recipient.
type outcomes struct {
	mu  sync.Mutex
	all map[string][]mail.Outcome
	err map[string]error // the last
}

func (o *outcomes) report(_ context.Context, m mail.Message, outcome mail.Outcome, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all, o.err = make(map[string][]mail.Outcome), make(map[string]error)
	}
	o.all[m.To] = append(o.all[m.To], outcome)
	o.err[m.To] = err
}

// want checks everything that was reported about one recipient.
func (o *outcomes) want(t *testing.T, to string, want ...mail.Outcome) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.all[to], want) {
		t.Errorf("%s: %v, want %v; %v", to, o.all[to], want, o.err[to])
	}
}

// notice is a message to an address, written now.
func notice(to string) mail.Message {
	m := message(mail.NewDevice)
	m.To, m.CreatedAt = to, time.Now()
	return m
}

func everybodyWants(context.Context, mail.Message) (mail.Letter, bool, error) {
	return mail.Letter{}, true, nil
}

func courier(t *testing.T, q mail.Queue, prepare mail.Prepare, send sender) (*mail.Courier, *outcomes) {
	t.Helper()
	reported := &outcomes{}
	return mail.NewCourier(mail.Options{
		Queue: q, Prepare: prepare, Templates: load(t, ""), Sender: send, Report: reported.report,
		Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}), reported
}

func TestDeliver_PanicEndsOneMessageAndNotTheCourier(t *testing.T) {
	q := queue(notice("prepare@example.com"), notice("send@example.com"), notice("ada@example.com"))
	c, reported := courier(t, q,
		func(_ context.Context, m mail.Message) (mail.Letter, bool, error) {
			if m.To == "prepare@example.com" {
				panic("no such account")
			}
			return mail.Letter{}, true, nil
		},
		func(_ context.Context, m mail.Mail) error {
			if m.To == "send@example.com" {
				panic("no such server")
			}
			return nil
		})
	if sent, err := c.Deliver(t.Context()); sent != 1 || err != nil {
		t.Error(sent, err)
	}
	reported.want(t, "prepare@example.com", mail.Retried)
	reported.want(t, "send@example.com", mail.Retried)
	reported.want(t, "ada@example.com", mail.Delivered)
	if err := reported.err["send@example.com"]; err == nil || !strings.Contains(err.Error(), "no such server") || !strings.Contains(err.Error(), "courier_test.go") {
		t.Error("the report does not say where:", err)
	}
}

func TestDeliver_WhatNobodyWantsIsDroppedUnsent(t *testing.T) {
	q := queue(notice("gone@example.com"), notice("later@example.com"))
	c, reported := courier(t, q,
		func(_ context.Context, m mail.Message) (mail.Letter, bool, error) {
			if m.To == "later@example.com" {
				return mail.Letter{}, false, errors.New("no database")
			}
			return mail.Letter{}, false, nil
		},
		func(context.Context, mail.Mail) error { t.Error("sent"); return nil })
	if sent, err := c.Deliver(t.Context()); sent != 0 || err != nil {
		t.Error(sent, err)
	}
	reported.want(t, "gone@example.com", mail.Dropped)
	reported.want(t, "later@example.com", mail.Retried) // nobody knows yet
}

func TestDeliver_OneSlowRecipientHoldsUpNobody(t *testing.T) {
	slow := notice("slow@example.com")
	q := queue(slow)
	for range 20 {
		q.add(notice("ada@example.com"))
	}
	others := make(chan struct{}, 20)
	c, reported := courier(t, q, everybodyWants, func(_ context.Context, m mail.Mail) error {
		if m.To != "slow@example.com" {
			others <- struct{}{}
			return nil
		}
		for range 20 { // it is done when all others are
			<-others
		}
		return nil
	})
	if sent, err := c.Deliver(t.Context()); sent != 21 || err != nil {
		t.Error(sent, err)
	}
	reported.want(t, "slow@example.com", mail.Delivered)
}

func TestDeliver_SendsFourAtATimeAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue()
		for range 20 {
			q.add(notice("ada@example.com"))
		}
		var mu sync.Mutex
		now, most := 0, 0
		c, _ := courier(t, q, everybodyWants, func(context.Context, mail.Mail) error {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return nil
		})
		if sent, err := c.Deliver(t.Context()); sent != 20 || err != nil || most != 4 {
			t.Errorf("%d sent, %d at a time, %v", sent, most, err)
		}
	})
}

func TestDeliver_QueueThatFailsIsAnError(t *testing.T) {
	q := queue()
	q.failure = errors.New("no database")
	c, _ := courier(t, q, everybodyWants, nil)
	if _, err := c.Deliver(t.Context()); !errors.Is(err, q.failure) {
		t.Error(err)
	}
}

func TestRun_WakesAtOnceAndLooksForRetriesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue()
		attempts := 0
		c, reported := courier(t, q, everybodyWants, func(context.Context, mail.Mail) error {
			if attempts++; attempts == 1 {
				return errors.New("greylisted")
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.Run(ctx); close(ended) }()
		synctest.Wait()
		q.add(notice("ada@example.com"))
		c.Wake()
		synctest.Wait() // and no time passes
		reported.want(t, "ada@example.com", mail.Retried)
		time.Sleep(2 * time.Minute)
		reported.want(t, "ada@example.com", mail.Retried, mail.Delivered)
		cancel()
		<-ended
	})
}

func TestRun_NewMailDoesNotWaitForASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue(notice("silent@example.com"))
		c, reported := courier(t, q, everybodyWants, func(_ context.Context, m mail.Mail) error {
			if m.To == "silent@example.com" {
				time.Sleep(time.Minute)
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.Run(ctx); close(ended) }()
		synctest.Wait()
		q.add(notice("ada@example.com"))
		c.Wake()
		synctest.Wait()
		reported.want(t, "ada@example.com", mail.Delivered)
		reported.want(t, "silent@example.com")
		cancel()
		<-ended
	})
}

func TestRun_FinishesWhatIsBeingSentAndBeginsNothingNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue()
		for range 10 {
			q.add(notice("ada@example.com"))
		}
		c, reported := courier(t, q, everybodyWants, func(ctx context.Context, _ mail.Mail) error {
			time.Sleep(4 * time.Second)
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.Run(ctx); close(ended) }()
		synctest.Wait() // four are being sent
		cancel()
		<-ended
		reported.want(t, "ada@example.com", mail.Delivered, mail.Delivered, mail.Delivered, mail.Delivered)
		if q.left() != 6 {
			t.Errorf("%d wait", q.left())
		}
	})
}

func TestRun_DoesNotWaitForEverAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue(notice("silent@example.com"))
		c, reported := courier(t, q, everybodyWants, func(ctx context.Context, _ mail.Mail) error {
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.Run(ctx); close(ended) }()
		synctest.Wait()
		began := time.Now()
		cancel()
		<-ended
		if waited := time.Since(began); waited != 5*time.Second {
			t.Errorf("it waited %s", waited)
		}
		reported.want(t, "silent@example.com", mail.Retried)
	})
}
