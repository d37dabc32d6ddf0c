package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"sallyport/internal/database"
	"sallyport/models"
)

const (
	rowsAtOnce      = 500    // of one INSERT: a server's memory and the time of one transaction stay small
	parametersAtOne = 60_000 // of one statement; PostgreSQL takes 65,535
)

// prepareTarget makes the target's tables. resumed says that they hold a part of a
// copy already.
func (c *copying) prepareTarget(ctx context.Context) (resumed bool, err error) {
	var driver, encoding string
	err = c.To.Read(ctx, func(db *gorm.DB) error {
		if driver = db.Name(); driver != string(models.Postgres) {
			return nil
		}
		if err := db.Raw("SHOW server_encoding").Scan(&encoding).Error; err != nil {
			return err
		}
		return db.Raw("SELECT to_regclass(quote_ident(current_schema()) || '.' || ?) IS NOT NULL", database.CopyTable).Scan(&resumed).Error
	})
	switch {
	case err != nil:
		return false, err
	case driver != string(models.Postgres):
		return false, errors.New("is not PostgreSQL: a SQLite file is copied by 'sallyport backup'")
	case encoding != "UTF8":
		return false, fmt.Errorf("the encoding of the database is %s: make one with the encoding UTF8", encoding)
	case resumed: // and migrated: that comes first
		return true, c.checkMigrations(ctx)
	}
	_, err = c.To.Migrate(ctx)
	return false, err
}

// checkMigrations fails where a copy was begun when the source had other migrations.
func (c *copying) checkMigrations(ctx context.Context) error {
	const applied = "SELECT CAST(version_id AS text) FROM " + database.VersionTable + " WHERE is_applied"
	source, err := texts(ctx, c.from, applied)
	if err != nil {
		return err
	}
	var target []string
	err = c.To.Read(ctx, func(db *gorm.DB) error { return db.Raw(applied).Scan(&target).Error })
	if err == nil && !sameNames(source, target) {
		err = errors.New("a copy into it was broken off by another version of the program: empty the database and copy again")
	}
	return err
}

// begin notes that a copy of this source has begun, in a target without rows, or
// finds that noted.
func (c *copying) begin(ctx context.Context) error {
	if c.report.Resumed {
		return c.checkBegun(ctx)
	}
	return c.To.Write(ctx, func(tx *gorm.DB) error {
		for _, t := range c.tables {
			if err := empty(tx, t.name); err != nil {
				return err
			}
		}
		if err := tx.Exec("CREATE TABLE " + database.CopyTable + " (name text PRIMARY KEY, source text NOT NULL, copied bigint NOT NULL)").Error; err != nil {
			return err
		}
		for _, t := range c.tables {
			if err := tx.Exec("INSERT INTO "+database.CopyTable+" VALUES (?, ?, 0)", t.name, c.identity()).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// empty fails where the table holds rows that no migration has put there.
func empty(tx *gorm.DB, name string) error {
	if slices.Contains(seeded, name) {
		return tx.Exec("DELETE FROM " + quoted(name)).Error
	}
	var rows int64
	if err := tx.Raw("SELECT count(*) FROM (SELECT 1 FROM " + quoted(name) + " LIMIT 1) AS found").Scan(&rows).Error; err != nil {
		return err
	}
	if rows > 0 {
		return fmt.Errorf("the table %s holds rows already: a copy needs an empty database or schema", name)
	}
	return nil
}

// checkBegun fails where what was begun is a copy of something else.
func (c *copying) checkBegun(ctx context.Context) error {
	var others int64
	err := c.To.Read(ctx, func(db *gorm.DB) error {
		return db.Raw("SELECT count(*) FROM "+database.CopyTable+" WHERE source <> ?", c.identity()).Scan(&others).Error
	})
	if err == nil && others > 0 {
		err = errors.New("a copy into it was broken off, of another source or before this one changed: empty the database and copy again")
	}
	return err
}

// copied is how many rows of the table are in the target.
func (c *copying) copied(ctx context.Context, t table) (rows int64, err error) {
	err = c.To.Read(ctx, func(db *gorm.DB) error {
		return db.Raw("SELECT copied FROM "+database.CopyTable+" WHERE name = ?", t.name).Scan(&rows).Error
	})
	return rows, err
}

// copyTable copies the rows behind those that are in the target already.
func (c *copying) copyTable(ctx context.Context, t table) error {
	copied, err := c.copied(ctx, t)
	if err != nil {
		return err
	}
	c.did(copied)
	var batch []any
	write := func() error {
		rows := int64(len(batch) / len(t.columns))
		if rows == 0 {
			return nil
		}
		if err := c.insert(ctx, t, copied, batch); err != nil {
			return err
		}
		copied, batch = copied+rows, nil
		c.did(rows)
		return nil
	}
	atOnce := min(rowsAtOnce, parametersAtOne/len(t.columns)) * len(t.columns)
	err = scan(ctx, c.from, t, copied, func(raw []any) error {
		values, _ := t.convert(raw) // preflight has found no problem
		if batch = append(batch, values...); len(batch) < atOnce {
			return nil
		}
		return write()
	})
	if err != nil {
		return err
	}
	return write()
}

// insert writes rows behind the first copied ones, and notes it in the same
// transaction.
func (c *copying) insert(ctx context.Context, t table, copied int64, values []any) error {
	statement := insertion(t, len(values))
	return c.To.Write(ctx, func(tx *gorm.DB) error {
		rows := int64(len(values) / len(t.columns))
		noted := tx.Exec("UPDATE "+database.CopyTable+" SET copied = ? WHERE name = ? AND copied = ?", copied+rows, t.name, copied)
		if noted.Error == nil && noted.RowsAffected == 0 {
			return errors.New("another copy writes into the same target")
		}
		if noted.Error != nil {
			return noted.Error
		}
		_, err := tx.Statement.ConnPool.ExecContext(ctx, statement, values...)
		return err
	})
}

// insertion is the INSERT of so many values.
func insertion(t table, values int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) ", quoted(t.name), list("", t.names()))
	if slices.ContainsFunc(t.columns, func(c column) bool { return c.given }) {
		b.WriteString("OVERRIDING SYSTEM VALUE ") // CockroachDB does not know it
	}
	b.WriteString("VALUES ")
	for i := range values {
		switch {
		case i%len(t.columns) != 0:
			b.WriteString(", ")
		case i > 0:
			b.WriteString("), (")
		default:
			b.WriteString("(")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")")
	return b.String()
}

// finish sets what numbers the next rows, and lets servers start.
func (c *copying) finish(ctx context.Context) error {
	return c.To.Write(ctx, func(tx *gorm.DB) error {
		for _, t := range c.tables {
			for _, column := range t.columns {
				if err := setSequence(tx, t, column); err != nil {
					return err
				}
			}
		}
		return tx.Exec("DROP TABLE " + database.CopyTable).Error
	})
}

// setSequence lets the numbers that a column gives go on behind those that it has.
func setSequence(tx *gorm.DB, t table, c column) error {
	if c.kind != kindSmall && c.kind != kindInteger && c.kind != kindBig {
		return nil
	}
	var sequence *string
	if err := tx.Raw("SELECT pg_get_serial_sequence(?, ?)", quoted(t.name), c.name).Scan(&sequence).Error; err != nil || sequence == nil {
		return err
	}
	return tx.Exec("SELECT setval(?, max("+quoted(c.name)+")) FROM "+quoted(t.name)+" HAVING max("+quoted(c.name)+") > 0", *sequence).Error
}
