package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

const comparedAtOnce = 2000 // rows of one query

// verify compares what is in the target with what is in the source.
func (c *copying) verify(ctx context.Context) error {
	for _, t := range c.tables {
		found, err := c.contentsOf(ctx, t)
		if err != nil {
			return fmt.Errorf("compare the table %s: %w", t.name, err)
		}
		if want := *c.source[t.name]; found != want {
			return fmt.Errorf("the table %s has %d rows with the digest %s in the source, and %d with %s in the target: "+
				"another program has written into it; empty the database and copy again", t.name, want.rows, want.digest, found.rows, found.digest)
		}
		c.report.Tables = append(c.report.Tables, TableReport{t.name, found.rows, found.digest.String()})
	}
	return nil
}

func (c *copying) contentsOf(ctx context.Context, t table) (found contents, err error) {
	var last []any // the primary key of the row before
	for {
		rows, err := c.page(ctx, t, last)
		if err != nil {
			return found, err
		}
		for _, values := range rows {
			found.digest.add(values)
		}
		found.rows += int64(len(rows))
		if c.did(int64(len(rows))); len(rows) < comparedAtOnce {
			return found, nil
		}
		last = t.keyValues(rows[len(rows)-1])
	}
}

// page returns the rows of the target behind the one with this key, in the target's
// own order, which its index has.
func (c *copying) page(ctx context.Context, t table, last []any) (page [][]any, err error) {
	statement := fmt.Sprintf("SELECT %s FROM %s", list("", t.names()), quoted(t.name)) // #nosec G201 -- names from the schema, quoted
	if last != nil {
		places := make([]string, len(last))
		for i := range last {
			places[i] = fmt.Sprintf("$%d", i+1)
		}
		statement += fmt.Sprintf(" WHERE (%s) > (%s)", list("", t.key), strings.Join(places, ", "))
	}
	statement += fmt.Sprintf(" ORDER BY %s LIMIT %d", list("", t.key), comparedAtOnce)
	err = c.To.Read(ctx, func(db *gorm.DB) error {
		page = nil // of a connection that was lost
		rows, err := db.Statement.ConnPool.QueryContext(ctx, statement, last...)
		if err != nil {
			return err
		}
		return eachRow(rows, len(t.columns), func(values []any) error {
			page = append(page, values)
			return nil
		})
	})
	return page, err
}

// eachRow gives the values of each row to each, and closes the rows.
func eachRow(rows *sql.Rows, columns int, each func(values []any) error) error {
	defer rows.Close()
	for rows.Next() {
		values, into := make([]any, columns), make([]any, columns)
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t table) keyValues(values []any) (key []any) {
	for _, name := range t.key {
		for i, c := range t.columns {
			if c.name == name {
				key = append(key, values[i])
			}
		}
	}
	return key
}
