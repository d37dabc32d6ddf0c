package main

import (
	"context"
	"database/sql"
	"net/url"
	"reflect"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm/schema"

	"sallyport/models"
)

const rowsPerInsert = 50

// columns is how GORM writes a user, so that a filled row is the row that the
// program itself would have written.
type columns struct{ *schema.Schema }

func userColumns() (columns, error) {
	parsed, err := schema.Parse(&models.User{}, &sync.Map{}, schema.NamingStrategy{})
	return columns{parsed}, err
}

func (c columns) values(ctx context.Context, user models.User) []any {
	row := reflect.ValueOf(&user).Elem()
	values := make([]any, len(c.DBNames))
	for i, name := range c.DBNames {
		values[i], _ = c.FieldsByDBName[name].ValueOf(ctx, row)
	}
	return values
}

// fillSQLite writes the population into the file, which nobody else has open.
// Durability begins when the program opens it.
func fillSQLite(ctx context.Context, path string, p population) error {
	db, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{
		"_time_format": {"sqlite"}, "_timezone": {"UTC"},
		"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "locking_mode(EXCLUSIVE)", "cache_size(-200000)"},
	}.Encode())
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a Commit it does nothing
	if err := insert(ctx, tx, p); err != nil {
		return err
	}
	return tx.Commit()
}

func insert(ctx context.Context, tx *sql.Tx, p population) error {
	users, err := userColumns()
	if err != nil {
		return err
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(users.DBNames)), ",") + ")"
	prepare := func(rows int) (*sql.Stmt, error) {
		return tx.PrepareContext(ctx, "INSERT INTO users ("+strings.Join(users.DBNames, ",")+") VALUES "+
			strings.TrimSuffix(strings.Repeat(row+",", rows), ","))
	}
	many, err := prepare(rowsPerInsert)
	if err != nil {
		return err
	}
	defer many.Close()
	one, err := prepare(1)
	if err != nil {
		return err
	}
	defer one.Close()
	for i := 0; i < p.users; {
		statement, rows := one, 1
		if p.users-i >= rowsPerInsert {
			statement, rows = many, rowsPerInsert
		}
		var values []any
		for range rows {
			values = append(values, users.values(ctx, p.user(i))...)
			i++
		}
		if _, err := statement.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

// fillPostgres writes the population into the database and leaves it as
// autovacuum would.
func fillPostgres(ctx context.Context, url string, p population) error {
	users, err := userColumns()
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	i := -1
	_, err = conn.CopyFrom(ctx, pgx.Identifier{users.Table}, users.DBNames, pgx.CopyFromFunc(func() ([]any, error) {
		if i++; i == p.users {
			return nil, nil
		}
		return users.values(ctx, p.user(i)), nil
	}))
	for _, statement := range []string{"VACUUM ANALYZE users", "CHECKPOINT"} {
		if err == nil {
			_, err = conn.Exec(ctx, statement)
		}
	}
	return err
}
