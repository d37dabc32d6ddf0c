package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// reference is a foreign key of a table of the source.
type reference struct {
	to       string   // the table
	own      []string // columns
	expected []string // those of the other table; none where they are its primary key
}

// references returns the foreign keys of the table.
func references(ctx context.Context, from *sql.DB, t table) (all []reference, err error) {
	rows, err := from.QueryContext(ctx, `SELECT seq, "table", "from", coalesce("to", '') FROM pragma_foreign_key_list(?) ORDER BY id, seq`, t.name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int
		var table, own, expected string
		if err := rows.Scan(&seq, &table, &own, &expected); err != nil {
			return nil, err
		}
		if seq == 0 {
			all = append(all, reference{to: table})
		}
		r := &all[len(all)-1]
		if r.own = append(r.own, spelled(t.names(), own)); expected != "" {
			r.expected = append(r.expected, expected)
		}
	}
	return all, rows.Err()
}

// findOrphans finds the rows of the table that name a row which is not there. Programs
// that do not ask for foreign keys leave them, such as SQLite's own shell, and
// PostgreSQL refuses them.
func (c *copying) findOrphans(ctx context.Context, t table) error {
	all, err := references(ctx, c.from, t)
	if err != nil {
		return err
	}
	for _, r := range all {
		if len(r.expected) == 0 {
			if r.expected, err = primaryKey(ctx, c.from, r.to); err != nil {
				return err
			}
		}
		if len(r.expected) == 0 {
			return fmt.Errorf("it refers to the table %s, which is not there or has no primary key", r.to)
		}
		if err := c.findOrphansOf(ctx, t, r); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) findOrphansOf(ctx context.Context, t table, r reference) error {
	var set, same []string
	for i := range min(len(r.own), len(r.expected)) {
		set = append(set, "own."+quoted(r.own[i])+" IS NOT NULL")
		same = append(same, "other."+quoted(r.expected[i])+" = own."+quoted(r.own[i]))
	}
	rows, err := c.from.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s AS own WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS other WHERE %s)", // #nosec G201 -- names from the schema, quoted
		list("+own.", t.names()), quoted(t.name), strings.Join(set, " AND "), quoted(r.to), strings.Join(same, " AND ")))
	if err != nil {
		return err
	}
	return eachRow(rows, len(t.columns), func(raw []any) error {
		c.report.add([]Problem{{t.name, t.keyOf(raw), strings.Join(r.own, ", "), "names a row of " + r.to + " that is not there"}})
		return nil
	})
}

// primaryKey returns the columns of the key of a table of the source.
func primaryKey(ctx context.Context, from *sql.DB, name string) ([]string, error) {
	return texts(ctx, from, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", name)
}
