package news

import (
	"context"
	"log/slog"
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
	known  map[uuid.UUID]bool // rows that were read before
	last   time.Time          // of the latest read that succeeded
}

// NewPoll returns a poll of these rows. now needs a monotonic reading.
func NewPoll(rows Rows, memory Memory, now func() time.Time, log *slog.Logger) *Poll {
	return &Poll{rows: rows, memory: memory, now: now, log: log, last: now()}
}

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
	if elapsed(p.now(), p.last) > maxGap {
		p.memory.ForgetAll()
	}
	if err != nil {
		if ctx.Err() == nil {
			p.log.Debug("rows of news not read", slog.Any("error", err)) // the requests say so too
		}
		return
	}
	p.last = began
	p.take(rows)
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
