package database

import (
	"cmp"
	"context"
	"runtime"
)

const (
	perProcessor = 4  // connections of one instance where nothing is configured; PostgreSQL allows 100 in all by default
	atLeast      = 10 // of them: with fewer, requests wait while the server has time
)

// PostgresConnections is how many connections an instance opens at most.
// configured is 0 where nothing is configured.
func PostgresConnections(configured int) int {
	return cmp.Or(configured, max(atLeast, perProcessor*runtime.GOMAXPROCS(0)))
}

// Connections says how many instances of this size a PostgreSQL server has
// connections for. On SQLite all is 0.
type Connections struct {
	Own     int  // an instance opens at most
	Allowed int  // the server, the database and the role allow in all, without those that are kept for administrators
	Pooled  bool // a pooler such as PgBouncer is between: its own limits count for instances
}

// Instances is how many fit. Each needs one connection more, for its migrations and
// then for news.
func (c Connections) Instances() int {
	if c.Own == 0 {
		return 0
	}
	return c.Allowed / (c.Own + 1)
}

// A limit of -1 is none. reserved_connections exists since PostgreSQL 16.
const allowedQuery = `SELECT LEAST(
	current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		- COALESCE(current_setting('reserved_connections', true)::int, 0),
	(SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
	(SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user))`

// Connections asks the server for its limits.
func (d *DB) Connections(ctx context.Context) (c Connections, err error) {
	on, ok := d.engine.(transactions)
	if !ok {
		return Connections{}, nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	c.Own, c.Pooled = on.pool.Stats().MaxOpenConnections, on.pooled
	err = on.pool.QueryRowContext(ctx, allowedQuery).Scan(&c.Allowed)
	return c, err
}
