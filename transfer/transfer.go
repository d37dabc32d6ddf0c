// Package transfer moves users from one place to another: [Copy] moves a whole
// database from SQLite to PostgreSQL, and [Import] takes the users that Streamify
// has exported. It may import models, the rules of names and passwords, and the
// packages under internal. It knows no HTTP.
package transfer
