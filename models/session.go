package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Session is one sign-in on one device. It names the current refresh token by
// its id; the token itself is never stored, so a copy of the database signs
// nobody in. See docs/decisions/0001-one-row-holds-the-sessions.md.
type Session struct {
	ID        uuid.UUID      `json:"session_id"`
	TokenID   string         `json:"token_id"`          // jti of the current refresh token
	IssuedAt  time.Time      `json:"issued_at"`         // of the current refresh token
	ExpiresAt time.Time      `json:"expires_at"`        // of the current refresh token: the idle limit
	Retired   []RetiredToken `json:"retired,omitempty"` // oldest first
	// Unconfirmed says that nobody has used the current refresh token yet, nor an
	// access token issued with it. False for a session that was just signed in,
	// whose first token has no predecessor.
	Unconfirmed bool `json:"unconfirmed,omitempty"`

	SignedInAt time.Time `json:"signed_in_at"` // the absolute limit counts from here
	LastUsedAt time.Time `json:"last_used_at"`
	UserAgent  string    `json:"user_agent,omitempty"`
	IP         string    `json:"ip,omitempty"`
}

// RetiredToken is a refresh token that was rotated and may still arrive from a
// parallel tab or a retry.
type RetiredToken struct {
	TokenID   string    `json:"token_id"`
	RetiredAt time.Time `json:"retired_at"`
}

// Sessions are those of one user, stored as JSON in one column.
type Sessions []Session

// Value implements driver.Valuer. The column is a list, never null.
func (s Sessions) Value() (driver.Value, error) { return s.encode() }

func (s Sessions) encode() (column string, err error) {
	if s == nil {
		return "[]", nil
	}
	text, err := json.Marshal([]Session(s))
	return string(text), err
}

// Scan implements sql.Scanner.
func (s *Sessions) Scan(column any) error {
	switch column := column.(type) {
	case string:
		return json.Unmarshal([]byte(column), (*[]Session)(s))
	case []byte:
		return json.Unmarshal(column, (*[]Session)(s))
	}
	return fmt.Errorf("refresh_tokens holds a %T, not text", column)
}
