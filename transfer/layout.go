package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"sallyport/internal/database"
	"sallyport/models"
)

// table is one that is copied, as both databases have it.
type table struct {
	name    string   // as the target spells it: SQLite takes upper and lower case for the same
	columns []column // in one order for both
	key     []string // the primary key
	refers  []string // the tables that its foreign keys point to
}

type column struct {
	name     string
	kind     string // PostgreSQL's name of the type
	nullable bool
	most     *int // characters of a text that the target takes; nil: as many as there are
	digits   *int // of a second that the target keeps; nil: six
	given    bool // the target gives the number, and takes none that is not forced on it
}

// perInstance are tables of running instances, which start anew with them.
var perInstance = []string{"leases", "news"}

// seeded are tables in which the migrations put rows. Those of the source take their
// place.
var seeded = []string{"unknown_logins"}

// layout returns the tables to copy, each behind those that it refers to. A table
// that only the source has is refused, unless it is one to skip: an own one of who
// extends the program comes with its migrations. No other table can be skipped: what
// is in it would be lost.
func layout(ctx context.Context, source *sql.DB, target *models.Store, skip []string) ([]table, error) {
	names, err := texts(ctx, source, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
	if err != nil {
		return nil, err
	}
	there, err := columnsOf(ctx, target)
	if err != nil {
		return nil, err
	}
	others := slices.Sorted(maps.Keys(there))
	for _, name := range skip {
		switch {
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("--skip-table %s: the source has no such table", name)
		case len(there[spelled(others, name)]) > 0:
			return nil, fmt.Errorf("--skip-table %s: the target has this table too, and would be without its rows", name)
		}
	}
	var tables []table
	for _, name := range names {
		if database.Administrative(name) || slices.Contains(perInstance, name) || slices.Contains(skip, name) {
			continue
		}
		one, err := describe(ctx, source, spelled(others, name), there)
		if err != nil {
			return nil, err
		}
		tables = append(tables, one)
	}
	return inOrder(tables), nil
}

// spelled returns the one of the names that is the same for SQLite, or the name where
// there is none.
func spelled(names []string, name string) string {
	if slices.Contains(names, name) {
		return name
	}
	for _, one := range names {
		if strings.EqualFold(one, name) {
			return one
		}
	}
	return name
}

// describe compares a table of the source with that of the target.
func describe(ctx context.Context, source *sql.DB, name string, there map[string][]column) (one table, err error) {
	columns := there[name]
	if len(columns) == 0 {
		return one, fmt.Errorf("the table %s is in the source alone, and no migration makes it: add one, or leave it with --skip-table %s", name, name)
	}
	one = table{name: name, columns: columns}
	own, err := texts(ctx, source, "SELECT name FROM pragma_table_info(?)", name)
	if err != nil {
		return one, err
	}
	var expected []string
	for _, c := range columns {
		if !known(c.kind) {
			return one, fmt.Errorf("the column %s.%s is of the type %s, which cannot be copied", name, c.name, c.kind)
		}
		expected = append(expected, c.name)
	}
	if !sameNames(own, expected) {
		return one, fmt.Errorf("the table %s has the columns %s in the source and %s in the target: both need the same migrations", name, own, expected)
	}
	if one.key, err = primaryKey(ctx, source, name); err != nil {
		return one, err
	}
	for i, column := range one.key {
		one.key[i] = spelled(expected, column)
	}
	if len(one.key) == 0 {
		return one, fmt.Errorf("the table %s has no primary key: it cannot be copied in parts", name)
	}
	one.refers, err = texts(ctx, source, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)`, name)
	others := slices.Sorted(maps.Keys(there))
	for i, other := range one.refers {
		one.refers[i] = spelled(others, other)
	}
	return one, err
}

// sameNames compares two lists in any order, with upper and lower case as one.
func sameNames(a, b []string) bool {
	return slices.Equal(lower(a), lower(b))
}

func lower(names []string) (sorted []string) {
	for _, name := range names {
		sorted = append(sorted, strings.ToLower(name))
	}
	slices.Sort(sorted)
	return sorted
}

// inOrder puts each table behind those that it refers to. Of tables that refer to
// each other the first one by name comes first, and PostgreSQL decides.
func inOrder(tables []table) (ordered []table) {
	placed := map[string]bool{}
	for len(tables) > 0 {
		next := slices.IndexFunc(tables, func(t table) bool {
			return !slices.ContainsFunc(t.refers, func(name string) bool {
				return name != t.name && !placed[name] && slices.ContainsFunc(tables, func(o table) bool { return o.name == name })
			})
		})
		next = max(next, 0)
		placed[tables[next].name] = true
		ordered = append(ordered, tables[next])
		tables = slices.Delete(tables, next, next+1)
	}
	return ordered
}

// columnsOf returns the columns of each table of the target, without those that both
// databases compute.
func columnsOf(ctx context.Context, target *models.Store) (map[string][]column, error) {
	found := map[string][]column{}
	err := target.Read(ctx, func(db *gorm.DB) error {
		clear(found) // of a connection that was lost
		rows, err := db.Raw("SELECT table_name, column_name, data_type, is_nullable = 'YES', character_maximum_length, datetime_precision, " +
			"coalesce(identity_generation, '') = 'ALWAYS' FROM information_schema.columns " +
			"WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position").Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var c column
			if err := rows.Scan(&name, &c.name, &c.kind, &c.nullable, &c.most, &c.digits, &c.given); err != nil {
				return err
			}
			found[name] = append(found[name], c)
		}
		return rows.Err()
	})
	return found, err
}

// texts returns the one column of a query.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// quoted is the name as SQL has it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// list is the names as SQL has them, each behind the prefix.
func list(prefix string, names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = prefix + quoted(name)
	}
	return strings.Join(parts, ", ")
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}
