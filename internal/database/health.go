package database

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	connectTimeout = 5 * time.Second // of each host, where the URL has no connect_timeout
	pingAfter      = time.Second     // an idle connection is asked after this time whether it still leads anywhere
	pingTimeout    = 2 * time.Second
	renewEvery     = time.Second // at most, while a server is read-only
)

// A firewall that forgets idle connections is kept from it, and the other end is
// found to be gone in half a minute.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// health keeps a request from getting a connection that leads nowhere any more. All
// connections of one generation were opened before the first of them was found to be
// dead, or to lead to a server that only reads; the others then do so too.
type health struct {
	generation atomic.Int64
	renewed    atomic.Int64 // when the server was read-only last, in nanoseconds
}

// watch sets how connections of the options are made, which are then watched by the
// health of their pool. Of several hosts, the one that can be written to is taken.
func watch(options *pgx.ConnConfig, url string) {
	dialer := net.Dialer{KeepAliveConfig: keepAlive, Control: boundSilence}
	options.DialFunc = dialer.DialContext
	options.ConnectTimeout = cmp.Or(options.ConnectTimeout, connectTimeout)
	if severalHosts(options) && !strings.Contains(url, "target_session_attrs=") {
		options.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
}

func severalHosts(options *pgx.ConnConfig) bool {
	for _, other := range options.Fallbacks {
		if other.Host != options.Host || other.Port != options.Port {
			return true
		}
	}
	return false
}

// openHealthy opens a pool whose connections are checked before each use.
func openHealthy(options pgx.ConnConfig) *sql.DB {
	h := &health{}
	fatal := options.OnPgError
	options.OnPgError = func(conn *pgconn.PgConn, failure *pgconn.PgError) bool {
		if failure.Code == readOnlyServer {
			h.renew(conn)
		}
		return fatal(conn, failure)
	}
	return stdlib.OpenDB(options,
		stdlib.OptionAfterConnect(h.began), stdlib.OptionShouldPing(h.ping), stdlib.OptionResetSession(h.usable))
}

const generationKey = "generation" // in the connection's CustomData

func (h *health) began(_ context.Context, conn *pgx.Conn) error {
	conn.PgConn().CustomData()[generationKey] = h.generation.Load()
	return nil
}

func (h *health) current(conn *pgconn.PgConn) bool {
	return conn.CustomData()[generationKey] == h.generation.Load()
}

// renew begins a generation after that of the connection. It waits a while where it
// has just done so: as long as no server can be written to, each write would else
// cost all others their connections.
func (h *health) renew(of *pgconn.PgConn) {
	now, last := time.Now().UnixNano(), h.renewed.Load()
	if h.current(of) && now-last >= int64(renewEvery) && h.renewed.CompareAndSwap(last, now) {
		h.generation.Add(1)
	}
}

// ping asks the server, where the connection was idle or something has come on it,
// which can be nothing but its end or a notice. Where no answer comes in time, the
// connection is closed, and the driver is not to ask again. Where the caller has left
// in the meantime, nothing is known of the others.
func (h *health) ping(ctx context.Context, of stdlib.ShouldPingParams) bool {
	conn := of.Conn.PgConn()
	if !h.current(conn) || of.IdleDuration < pingAfter && !arrived(conn.Conn()) {
		return false
	}
	bounded, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	of.Conn.Ping(bounded)
	if conn.IsClosed() && ctx.Err() == nil && h.current(conn) {
		h.generation.Add(1)
	}
	return false
}

// usable makes the pool close a connection that is closed or of an earlier
// generation. It says no goodbye: nobody may be there to hear it.
func (h *health) usable(_ context.Context, conn *pgx.Conn) error {
	if conn.IsClosed() {
		return driver.ErrBadConn
	}
	if !h.current(conn.PgConn()) {
		_ = conn.PgConn().Conn().Close()
		return driver.ErrBadConn
	}
	return nil
}
