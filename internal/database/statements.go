package database

import (
	"errors"

	"gorm.io/gorm"
)

// OnStatement calls f after every statement of every later query and change, for
// metrics and benchmarks. f must be quick and safe for concurrent use. Pings,
// migrations and what begins and ends a change are not counted. Call it once,
// before the database is used.
func (d *DB) OnStatement(f func()) error {
	return errors.Join(onStatement(d.read, f), onStatement(d.write.handle(), f))
}

func onStatement(db *gorm.DB, f func()) error {
	const name = "sallyport:on_statement"
	report := func(*gorm.DB) { f() }
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
