package news

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

const (
	// PollEvery is how often the rows of news are read. With the time of the query
	// it bounds how long an instance goes on with what it remembers, whatever
	// happens to Redis.
	PollEvery = time.Second
	// Settled is how long after a change every instance goes by it.
	Settled = 2 * time.Second
	// Window is how long a row of news is read after it was written.
	Window = 30 * time.Second
	maxGap = 15 * time.Second // between two reads; the other half of the window is for a change that takes its time to become durable
)

// Row is the news that a user's row has changed.
type Row struct{ ID, UserID uuid.UUID }

// Rows returns the rows of news that were written within [Window].
type Rows func(ctx context.Context) ([]Row, error)

// Poll is the second way of news.
type Poll struct {
	rows   Rows
	memory Memory
	now    func() time.Time
	log    *slog.Logger
	known  map[uuid.UUID]bool        // rows that were read before
	last   atomic.Pointer[time.Time] // when the latest read that succeeded began
}

// NewPoll returns a poll of these rows. now needs a monotonic reading.
func NewPoll(rows Rows, memory Memory, now func() time.Time, log *slog.Logger) *Poll {
	p := &Poll{rows: rows, memory: memory, now: now, log: log}
	p.read(now())
	return p
}

// Trusted reports whether every change that is older than [Settled] has been read:
// a read that began within that time has succeeded. An instance whose database does
// not answer must not go by what it remembers, for the news may have no other way.
func (p *Poll) Trusted() bool { return elapsed(p.now(), *p.last.Load()) < Settled }

func (p *Poll) read(began time.Time) { p.last.Store(&began) }

// Run reads the rows every second until ctx ends.
func (p *Poll) Run(ctx context.Context) {
	ticker := time.NewTicker(PollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.Read(ctx)
		}
	}
}

// Read reads the rows once. Where rows may have come and gone since the last time,
// it forgets everybody.
func (p *Poll) Read(ctx context.Context) {
	began := p.now()
	rows, err := p.rows(ctx)
	if elapsed(p.now(), *p.last.Load()) > maxGap {
		p.memory.ForgetAll()
	}
	if err != nil {
		if ctx.Err() == nil {
			p.log.Debug("rows of news not read", slog.Any("error", err)) // the requests say so too
		}
		return
	}
	p.take(rows)
	p.read(began)
}

// take drops the users of the rows that are new.
func (p *Poll) take(rows []Row) {
	known := make(map[uuid.UUID]bool, len(rows))
	for _, row := range rows {
		if known[row.ID] = true; !p.known[row.ID] {
			p.memory.Forget(row.UserID)
		}
	}
	p.known = known
}
