package transfer

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
)

// mostProblems are listed one by one; more are counted.
const mostProblems = 100

// Problem is a value of the source that the target cannot hold as it is.
type Problem struct {
	Table   string `json:"table"`
	Key     string `json:"key"` // of the row
	Column  string `json:"column"`
	Problem string `json:"problem"`
}

func (p Problem) String() string {
	return fmt.Sprintf("%s, row %s: %s %s", p.Table, p.Key, p.Column, p.Problem)
}

// contents are what a table holds.
type contents struct {
	rows   int64
	digest digest
}

// preflight reads all of the source and says what is in each table, or which values
// cannot be copied.
func (c *copying) preflight(ctx context.Context) error {
	for _, t := range c.tables {
		found := &contents{}
		c.source[t.name] = found
		err := scan(ctx, c.from, t, 0, func(raw []any) error {
			values, problems := t.convert(raw)
			c.report.add(problems)
			found.rows++
			found.digest.add(values)
			c.did(1)
			return nil
		})
		if err == nil {
			err = c.findOrphans(ctx, t)
		}
		if err != nil {
			return fmt.Errorf("read the table %s: %w", t.name, err)
		}
	}
	if bad := len(c.report.Problems) + c.report.MoreProblems; bad > 0 {
		return fmt.Errorf("%d values cannot be copied: change them in the source; nothing was written", bad)
	}
	return nil
}

// convert returns the values of a row as the target has them.
func (t table) convert(raw []any) (values []any, problems []Problem) {
	values = make([]any, len(raw))
	for i, c := range t.columns {
		value, problem := c.value(raw[i])
		if problem != "" {
			problems = append(problems, Problem{t.name, t.keyOf(raw), c.name, problem})
		}
		values[i] = value
	}
	return values, problems
}

// keyOf is the primary key of a row, for people.
func (t table) keyOf(raw []any) string {
	var parts []string
	for _, name := range t.key {
		for i, c := range t.columns {
			if c.name == name {
				parts = append(parts, short(fmt.Sprint(raw[i])))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// scan gives each row of a table to each, in the order of the primary key, behind
// the first ones. The values are as SQLite has stored them: an expression has no
// declared type, which the driver would convert by.
func scan(ctx context.Context, from *sql.DB, t table, first int64, each func(raw []any) error) error {
	rows, err := from.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT -1 OFFSET ?", // #nosec G201 -- names from the schema, quoted
		list("+", t.names()), quoted(t.name), list("", t.key)), first)
	if err != nil {
		return err
	}
	return eachRow(rows, len(t.columns), each)
}

// identity tells one state of the source from any other.
func (c *copying) identity() string {
	sum := sha256.New()
	for _, t := range c.tables {
		fmt.Fprintf(sum, "%q %d %s\n", t.name, c.source[t.name].rows, c.source[t.name].digest)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
