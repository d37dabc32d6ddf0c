package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	goosedb "github.com/pressly/goose/v3/database"
)

const (
	// VersionTable lists the migrations that were applied. It has a name of its
	// own: goose's is the same in every program that uses goose.
	VersionTable = "sallyport_migrations"
	formerTable  = "goose_db_version" // what it was called in earlier versions of the program
	// CopyTable is there while data are copied into the database, and longer where
	// that was broken off.
	CopyTable = "sallyport_copy"
)

// Administrative reports whether the table says something about the database and
// holds no data.
func Administrative(table string) bool { return table == VersionTable || table == CopyTable }

// Migrations are those of a program, and how its database is told from that of
// another.
type Migrations struct {
	Files   fs.FS               // the folder migrations/ with one folder for each engine
	Table   string              // one that the first migration makes
	Columns []string            // of that table, since the first migration: another program's table of this name has not all of them
	Needed  map[string][]string // the columns of each table that the program's queries need
}

// ErrSchema says that the tables are not those that this program needs.
var ErrSchema = errors.New("the schema of the database does not fit this program")

// ErrPending is the [ErrSchema] of a database to which migrations have to be
// applied.
var ErrPending = fmt.Errorf("%w", ErrSchema)

// state is what a database and a program know of each other.
type state struct {
	list    string  // the table that lists the applied migrations; "": there is none
	applied []int64 // in ascending order
	known   []int64 // by the program, in ascending order
	table   string  // Migrations.Table
	exists  bool    // there is a table of that name
	own     bool    // and it is the program's
	partial bool    // data are being copied into it
}

func (s state) has() int64 {
	if len(s.applied) == 0 {
		return 0
	}
	return s.applied[len(s.applied)-1]
}

func (s state) needs() int64 { return s.known[len(s.known)-1] }

// missing are the migrations that wait to be applied.
func (s state) missing() []int64 {
	return slices.DeleteFunc(slices.Clone(s.known), func(v int64) bool { return slices.Contains(s.applied, v) })
}

func (s state) pending() bool { return s.list != VersionTable || len(s.missing()) > 0 }

// refusal says why the program cannot work with the schema, not even after its
// migrations; nil: it can.
func (s state) refusal() error {
	unknown := slices.DeleteFunc(slices.Clone(s.applied), func(v int64) bool { return slices.Contains(s.known, v) })
	switch {
	case s.partial:
		return fmt.Errorf("%w: data are being copied into it, or that was broken off: run 'sallyport copy' to its end", ErrSchema)
	case len(unknown) > 0 && s.has() > s.needs():
		return fmt.Errorf("%w: it has version %d, and this program knows versions up to %d: start a newer program", ErrSchema, s.has(), s.needs())
	case len(unknown) > 0:
		return fmt.Errorf("%w: it has version %d and in it the migration %d, which this program, with version %d, does not know", ErrSchema, s.has(), unknown[0], s.needs())
	case s.exists && !s.own:
		return fmt.Errorf("%w: its table %s belongs to another program, and this program brings version %d of its own: use an empty database, or on PostgreSQL another schema", ErrSchema, s.table, s.needs())
	case s.exists && len(s.applied) == 0:
		return fmt.Errorf("%w: it has a table %s, and no list of migrations (%s) of which this program knows %d: restore a whole backup", ErrSchema, s.table, VersionTable, s.needs())
	case !s.exists && len(s.applied) > 0:
		return fmt.Errorf("%w: it says that it has version %d, of which this program knows %d, but has no table %s: restore a backup", ErrSchema, s.has(), s.needs(), s.table)
	}
	return nil
}

// CheckSchema fails with [ErrSchema] where the program cannot work with the
// database as it is, and says why. It changes nothing.
func (d *DB) CheckSchema(ctx context.Context, m Migrations) error {
	return d.migrating(func(pool *sql.DB) error { return d.checkSchema(ctx, pool, m) })
}

func (d *DB) checkSchema(ctx context.Context, pool *sql.DB, m Migrations) error {
	found, err := d.inspect(ctx, pool, m)
	if err == nil {
		err = found.refusal()
	}
	if err != nil {
		return err
	}
	if found.pending() {
		return fmt.Errorf("%w: it has version %d without the migrations %d, and this program needs version %d: run 'sallyport migrate' first",
			ErrPending, found.has(), found.missing(), found.needs())
	}
	return d.checkColumns(ctx, pool, m, found.has())
}

// checkColumns looks for what the program's queries need. A migration may be on
// the list and its table gone, after a restore of some tables.
func (d *DB) checkColumns(ctx context.Context, pool *sql.DB, m Migrations, version int64) error {
	for table, needed := range m.Needed {
		there, err := d.columns(ctx, pool, table)
		if err != nil {
			return err
		}
		for _, column := range needed {
			if !slices.Contains(there, column) {
				return fmt.Errorf("%w: it says that it has version %d, as this program, and has no column %s.%s: restore a backup", ErrSchema, version, table, column)
			}
		}
	}
	return nil
}

// inspect only reads.
func (d *DB) inspect(ctx context.Context, pool *sql.DB, m Migrations) (found state, err error) {
	provider, err := d.newProvider(pool, m.Files)
	if err != nil {
		return found, err
	}
	for _, source := range provider.ListSources() {
		found.known = append(found.known, source.Version)
	}
	found.table = m.Table
	columns, err := d.columns(ctx, pool, m.Table)
	if err != nil {
		return found, err
	}
	found.exists, found.own = len(columns) > 0, containsAll(columns, m.Columns)
	copying, err := d.columns(ctx, pool, CopyTable)
	if err != nil {
		return found, err
	}
	found.partial = len(copying) > 0
	for _, list := range []string{VersionTable, formerTable} {
		there, err := d.columns(ctx, pool, list)
		if err != nil {
			return found, err
		}
		if len(there) == 0 || list == formerTable && !found.own { // another program's goose
			continue
		}
		found.list = list
		found.applied, err = d.applied(ctx, pool, list)
		return found, err
	}
	return found, nil
}

// applied returns the versions in the list, without goose's version 0.
func (d *DB) applied(ctx context.Context, pool *sql.DB, list string) (versions []int64, err error) {
	store, err := goosedb.NewStore(gooseDialects[d.driver], list)
	if err != nil {
		return nil, err
	}
	rows, err := store.ListMigrations(ctx, pool)
	for _, row := range rows {
		if row.IsApplied && row.Version > 0 {
			versions = append(versions, row.Version)
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions), err
}

var columnQueries = map[Driver]string{
	SQLite: "SELECT name FROM pragma_table_info($1)",
	Postgres: "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace " +
		"WHERE n.nspname = current_schema() AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped",
}

// columns returns the names of a table's columns, none where there is no such
// table.
func (d *DB) columns(ctx context.Context, pool *sql.DB, table string) (names []string, err error) {
	rows, err := pool.QueryContext(ctx, columnQueries[d.driver], table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, strings.ToLower(name))
	}
	return names, rows.Err()
}

func containsAll(all, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(name string) bool { return !slices.Contains(all, name) })
}
