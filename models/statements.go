package models

import (
	"errors"

	"gorm.io/gorm"
)

// OnStatement calls f after every statement of every later query and write, for
// metrics and benchmarks. f must be quick and safe for concurrent use. Pings,
// migrations and the BEGIN and COMMIT around statements are not counted. Call
// it once, before the store is used.
func (s *Store) OnStatement(f func()) error {
	err := onStatement(s.read, f)
	if s.read == s.write {
		return err
	}
	return errors.Join(err, onStatement(s.write, f))
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
