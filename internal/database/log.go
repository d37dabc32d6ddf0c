package database

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const slowQuery = 500 * time.Millisecond // a warning in the log; a durable write takes a few

// queryLog logs slow and failed statements, without their values, which may be
// secrets.
type queryLog struct{ logger.Interface }

func newQueryLog(log *slog.Logger) queryLog {
	return queryLog{logger.NewSlogLogger(log, logger.Config{
		LogLevel:                  logger.Warn,
		SlowThreshold:             slowQuery,
		ParameterizedQueries:      true,
		IgnoreRecordNotFoundError: true,
	})}
}

// LogMode implements logger.Interface.
func (l queryLog) LogMode(level logger.LogLevel) logger.Interface {
	return queryLog{l.Interface.LogMode(level)}
}

// Trace implements logger.Interface. A name that is taken is the client's
// affair: whoever signs up twice must not fill the log with errors.
func (l queryLog) Trace(ctx context.Context, begin time.Time, statement func() (sql string, rows int64), err error) {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		err = nil
	}
	l.Interface.Trace(ctx, begin, statement, err)
}

// ParamsFilter implements gorm.ParamsFilter: no value reaches the log.
func (l queryLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// OnStatement calls f after every statement of every later query and change, with
// the values of its context, for metrics and benchmarks. f must be quick and safe for concurrent use. Pings,
// migrations and what begins and ends a change are not counted. Call it once,
// before the database is used.
func (d *DB) OnStatement(f func(ctx context.Context)) error {
	d.onStatement = f
	return errors.Join(onStatement(d.reading, f), onStatement(d.writing, f))
}

func onStatement(db *gorm.DB, f func(ctx context.Context)) error {
	const name = "sallyport:on_statement"
	report := func(statement *gorm.DB) { f(statement.Statement.Context) }
	all := db.Callback()
	return errors.Join(
		all.Create().After("gorm:create").Register(name, report),
		all.Query().After("gorm:query").Register(name, report),
		all.Update().After("gorm:update").Register(name, report),
		all.Delete().After("gorm:delete").Register(name, report),
		all.Row().After("gorm:row").Register(name, report),
		all.Raw().After("gorm:raw").Register(name, report),
	)
}
