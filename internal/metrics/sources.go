package metrics

import (
	"context"
	"database/sql"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are asked whenever the metrics are read. One that is nil has no metrics.
type Sources struct {
	Hashing func() Hashing
	Cached  func() int // users in memory
	Pool    func() sql.DBStats
	// Outbox is the mail that waits, and when the oldest of it was written; the
	// zero time where none waits.
	Outbox func(ctx context.Context) (waiting int, oldest time.Time, err error)
	// News reports whether the news of other instances arrive.
	News func() bool
	Now  func() time.Time
}

// Hashing is the state of the queue of password hashes.
type Hashing struct {
	Running, Waiting int
	Refused          uint64 // since the start
}

// Watch adds the metrics of the sources. Call it once.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(sources{s}) }

const patience = 2 * time.Second // with the query of the outbox: Prometheus waits for 10

var (
	hashesRunning = describe("hashes_running", "Password hashes that are computed now.")
	hashesWaiting = describe("hashes_waiting", "Password hashes that wait for a processor.")
	hashesRefused = describe("hashes_refused_total", "Password hashes that were refused, because too many waited.")
	cacheUsers    = describe("cache_users", "Users in memory.")
	poolOpen      = describe("database_connections", "Connections to the database for reading; with PostgreSQL, all.", "state")
	poolMax       = describe("database_connections_max", "Most connections of that pool, 0 where others bound it.")
	poolWaits     = describe("database_waits_total", "Times that a connection was waited for.")
	poolWaited    = describe("database_wait_seconds_total", "Time that was waited for a connection.")
	outboxWaiting = describe("outbox_waiting", "Mail that waits to be sent. Absent while the database does not answer.")
	outboxOldest  = describe("outbox_oldest_seconds", "Age of the oldest mail that waits, 0 where none does.")
	newsTrusted   = describe("news_trusted", "1 while the news of other instances arrive over Redis and from the database, so that users are kept in memory.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

type sources struct{ Sources }

// Describe implements prometheus.Collector.
func (s sources) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		hashesRunning, hashesWaiting, hashesRefused, cacheUsers, poolOpen, poolMax, poolWaits, poolWaited, outboxWaiting, outboxOldest, newsTrusted,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s sources) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	total := func(d *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value)
	}
	if s.Hashing != nil {
		h := s.Hashing()
		gauge(hashesRunning, float64(h.Running))
		gauge(hashesWaiting, float64(h.Waiting))
		total(hashesRefused, float64(h.Refused))
	}
	if s.Cached != nil {
		gauge(cacheUsers, float64(s.Cached()))
	}
	if s.Pool != nil {
		pool := s.Pool()
		gauge(poolOpen, float64(pool.InUse), "in_use")
		gauge(poolOpen, float64(pool.Idle), "idle")
		gauge(poolMax, float64(pool.MaxOpenConnections))
		total(poolWaits, float64(pool.WaitCount))
		total(poolWaited, pool.WaitDuration.Seconds())
	}
	if s.News != nil {
		trusted := 0.0
		if s.News() {
			trusted = 1
		}
		gauge(newsTrusted, trusted)
	}
	s.collectOutbox(gauge)
}

func (s sources) collectOutbox(gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	if s.Outbox == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	waiting, oldest, err := s.Outbox(ctx)
	if err != nil { // the other metrics are needed most while the database is away
		return
	}
	age := 0.0
	if waiting > 0 {
		age = max(0, s.Now().Sub(oldest).Seconds())
	}
	gauge(outboxWaiting, float64(waiting))
	gauge(outboxOldest, age)
}
