// Package sqlite3 is empty on purpose. gorm.io/driver/sqlite imports
// github.com/mattn/go-sqlite3, a C program that Sallyport never calls: its
// SQLite is modernc.org/sqlite, in pure Go. go.mod puts this package in its
// place, so that no build compiles or links a second SQLite.
// See docs/decisions/0003-pure-go-sqlite.md.
package sqlite3
