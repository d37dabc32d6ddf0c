package models

import (
	"time"

	"github.com/google/uuid"
)

// Session is one sign-in on one device. It names the current refresh token by
// its id; the token itself is never stored, so a copy of the database signs
// nobody in. See docs/decisions/0001-one-row-holds-the-sessions.md.
type Session struct {
	ID         uuid.UUID      `json:"session_id"`
	TokenID    string         `json:"token_id"`   // jti of the current refresh token
	IssuedAt   time.Time      `json:"issued_at"`  // of the current refresh token
	ExpiresAt  time.Time      `json:"expires_at"` // of the current refresh token: the idle limit
	Retired    []RetiredToken `json:"retired,omitempty"`
	SignedInAt time.Time      `json:"signed_in_at"` // the absolute limit counts from here
	LastUsedAt time.Time      `json:"last_used_at"`
	UserAgent  string         `json:"user_agent,omitempty"`
	IP         string         `json:"ip,omitempty"`
}

// RetiredToken is a refresh token that was rotated a moment ago and may still
// arrive from a parallel tab or a retry.
type RetiredToken struct {
	TokenID   string    `json:"token_id"`
	RetiredAt time.Time `json:"retired_at"`
}
