package database

import (
	"context"
	"errors"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"gorm.io/gorm"
)

const spanKey = "sallyport:span"

// Trace makes a span of every later statement, within the trace of its context.
// It has the operation and the table, and neither the statement nor its values or
// the text of an error. Call it once, before the database is used.
func (d *DB) Trace(tracer trace.Tracer) error {
	d.tracer = tracer
	return errors.Join(d.trace(d.reading, tracer), d.trace(d.writing, tracer))
}

func (d *DB) trace(db *gorm.DB, tracer trace.Tracer) error {
	const before, after = "sallyport:begin_span", "sallyport:end_span"
	begin := func(operation string) func(*gorm.DB) {
		return func(db *gorm.DB) {
			name := operation
			if db.Statement.Table != "" {
				name += " " + db.Statement.Table
			}
			_, span := tracer.Start(db.Statement.Context, name, clientSpan, d.system())
			db.InstanceSet(spanKey, span)
		}
	}
	all := db.Callback()
	return errors.Join(
		all.Create().Before("gorm:create").Register(before, begin("INSERT")), all.Create().After("gorm:create").Register(after, endSpan),
		all.Query().Before("gorm:query").Register(before, begin("SELECT")), all.Query().After("gorm:query").Register(after, endSpan),
		all.Update().Before("gorm:update").Register(before, begin("UPDATE")), all.Update().After("gorm:update").Register(after, endSpan),
		all.Delete().Before("gorm:delete").Register(before, begin("DELETE")), all.Delete().After("gorm:delete").Register(after, endSpan),
		all.Row().Before("gorm:row").Register(before, begin("query")), all.Row().After("gorm:row").Register(after, endSpan),
		all.Raw().Before("gorm:raw").Register(before, begin("execute")), all.Raw().After("gorm:raw").Register(after, endSpan),
	)
}

var clientSpan = trace.WithSpanKind(trace.SpanKindClient)

func (d *DB) system() trace.SpanStartOption {
	return trace.WithAttributes(attribute.String("db.system.name", map[Driver]string{SQLite: "sqlite", Postgres: "postgresql"}[d.driver]))
}

// traced runs a statement that is written out in a span that has its operation.
func (d *DB) traced(ctx context.Context, statement string, run func() error) error {
	if d.tracer == nil {
		return run()
	}
	operation, _, _ := strings.Cut(statement, " ")
	_, span := d.tracer.Start(ctx, operation, clientSpan, d.system())
	defer span.End()
	err := run()
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	return err
}

func endSpan(db *gorm.DB) {
	kept, _ := db.InstanceGet(spanKey)
	span, ok := kept.(trace.Span)
	if !ok {
		return
	}
	if db.Error != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
