package handlers

import "time"

// timestamp is a time in an answer: RFC 3339 in UTC with exactly three digits of
// fraction, the rest cut off. A time.Time would have no fraction or up to nine
// digits, and such texts do not sort as their times do. Every time in an answer
// is one.
type timestamp time.Time

const timestampLayout = `"2006-01-02T15:04:05.000Z"`

// MarshalJSON implements json.Marshaler.
func (t timestamp) MarshalJSON() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(make([]byte, 0, 32), timestampLayout), nil
}
