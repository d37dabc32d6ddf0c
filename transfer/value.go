package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// The types of columns that can be copied, by PostgreSQL's names.
const (
	kindText      = "text"
	kindVarchar   = "character varying"
	kindUUID      = "uuid"
	kindSmall     = "smallint"
	kindInteger   = "integer"
	kindBig       = "bigint"
	kindBoolean   = "boolean"
	kindTimestamp = "timestamp with time zone"
	kindBytes     = "bytea"
	kindDouble    = "double precision"
)

// convert returns what a value of the source is in the target, or what is wrong
// with it, in words that follow the column's name.
var convert = map[string]func(raw any) (value any, problem string){
	kindText:      text,
	kindVarchar:   text,
	kindUUID:      id,
	kindSmall:     integer(math.MinInt16, math.MaxInt16),
	kindInteger:   integer(math.MinInt32, math.MaxInt32),
	kindBig:       integer(math.MinInt64, math.MaxInt64),
	kindBoolean:   boolean,
	kindTimestamp: timestamp,
	kindBytes:     blob,
	kindDouble:    double,
}

func known(kind string) bool { return convert[kind] != nil }

// value is [convert] for a value that may be NULL.
func (c column) value(raw any) (value any, problem string) {
	switch {
	case raw == nil && !c.nullable:
		return nil, "is NULL, and must not be"
	case raw == nil:
		return nil, ""
	}
	if value, problem = convert[c.kind](raw); problem == "" {
		problem = c.exceeded(value)
	}
	return value, problem
}

// exceeded says what the column of the target would cut off, or refuse.
func (c column) exceeded(value any) (problem string) {
	switch v := value.(type) {
	case string:
		if n := utf8.RuneCountInString(v); c.most != nil && n > *c.most {
			return fmt.Sprintf("has %d characters, and the column of the target takes %d", n, *c.most)
		}
	case time.Time:
		if c.digits != nil && v.Nanosecond()%int(math.Pow10(nanosecondDigits-*c.digits)) != 0 {
			return fmt.Sprintf("has parts of a second of which the column of the target keeps %d digits", *c.digits)
		}
	}
	return ""
}

const nanosecondDigits = 9

func text(raw any) (any, string) {
	s, ok := raw.(string)
	switch {
	case !ok:
		return nil, "is no text but " + storage(raw)
	case strings.ContainsRune(s, 0):
		return nil, "holds a NUL character, which PostgreSQL has in no text"
	case !utf8.ValidString(s):
		return nil, "is not valid UTF-8"
	}
	return s, ""
}

// id accepts the one spelling of a UUID in which two of them can be compared as
// text.
func id(raw any) (any, string) {
	s, ok := raw.(string)
	if !ok {
		return nil, "is no UUID but " + storage(raw)
	}
	parsed, err := uuid.Parse(s)
	if err != nil || parsed.String() != s {
		return nil, "is no UUID in lower case with four hyphens"
	}
	return s, ""
}

func integer(smallest, largest int64) func(any) (any, string) {
	return func(raw any) (any, string) {
		n, ok := raw.(int64)
		switch {
		case !ok:
			return nil, "is no whole number but " + storage(raw)
		case n < smallest || n > largest:
			return nil, fmt.Sprintf("is %d, and the column of the target holds %d to %d", n, smallest, largest)
		}
		return n, ""
	}
}

// boolean takes the numbers that SQLite has for it.
func boolean(raw any) (any, string) {
	switch raw {
	case int64(0):
		return false, ""
	case int64(1):
		return true, ""
	}
	return nil, fmt.Sprintf("is neither 0 nor 1 but %s", storage(raw))
}

// timeFormats are those in which drivers and SQLite itself write times; the last one
// is CURRENT_TIMESTAMP, which is in UTC.
var timeFormats = []string{"2006-01-02 15:04:05.999999999Z07:00", time.RFC3339Nano, time.DateTime}

func timestamp(raw any) (any, string) {
	s, ok := raw.(string)
	if !ok {
		return nil, "is no time but " + storage(raw)
	}
	for _, format := range timeFormats {
		at, err := time.Parse(format, s)
		if err != nil {
			continue
		}
		if at.Nanosecond()%int(time.Microsecond) != 0 {
			return nil, "has parts of a microsecond, which PostgreSQL does not keep"
		}
		return at.UTC(), ""
	}
	return nil, "is no time, such as 2026-01-31 12:00:00.5+00:00"
}

func blob(raw any) (any, string) {
	if b, ok := raw.([]byte); ok {
		return append([]byte{}, b...), "" // not nil where it is empty: that would be NULL
	}
	return nil, "is no blob but " + storage(raw)
}

const exactInDouble = 1 << 53 // up to here a float64 has every whole number

func double(raw any) (any, string) {
	switch n := raw.(type) {
	case float64:
		return n, ""
	case int64:
		if n < -exactInDouble || n > exactInDouble {
			return nil, fmt.Sprintf("is %d, and the column of the target would round it", n)
		}
		return float64(n), ""
	}
	return nil, "is no number but " + storage(raw)
}

// storage says how SQLite has stored the value, without the value: it may be a
// secret.
func storage(raw any) string {
	switch n := raw.(type) {
	case int64:
		return fmt.Sprintf("the number %d", n)
	case float64:
		return fmt.Sprintf("the number %g", n)
	case string:
		return "a text"
	}
	return "a blob"
}

// digest says what is in a table, whatever the order of its rows: the exclusive or of
// the SHA-256 of each row. No two rows of a table are the same.
type digest [sha256.Size]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// add takes the values of a row, as the target has them.
func (d *digest) add(values []any) {
	sum := sha256.New()
	for _, value := range values {
		write(sum, value)
	}
	for i, b := range sum.Sum(nil) {
		d[i] ^= b
	}
}

// write writes the value so that no two rows give the same bytes.
func write(sum hash.Hash, value any) {
	var kind byte
	var bytes []byte
	switch v := value.(type) {
	case nil:
	case string:
		kind, bytes = 't', []byte(v)
	case []byte:
		kind, bytes = 'b', v
	case int64:
		kind, bytes = 'i', binary.BigEndian.AppendUint64(nil, uint64(v)) // #nosec G115 -- its bits
	case bool:
		kind, bytes = 'f', nil
		if v {
			kind = 'y'
		}
	case float64:
		kind, bytes = 'd', binary.BigEndian.AppendUint64(nil, math.Float64bits(v))
	case time.Time:
		kind, bytes = 'z', binary.BigEndian.AppendUint64(nil, uint64(v.UnixMicro())) // #nosec G115 -- its bits
	}
	sum.Write(binary.BigEndian.AppendUint64([]byte{kind}, uint64(len(bytes))))
	sum.Write(bytes)
}
