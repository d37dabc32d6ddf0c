package token

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// payload is the claims as they stand in the token. Nothing personal is in it.
// Times are whole seconds: jwt.NumericDate would also take a number in quotes,
// and one so large that it wraps round to the past.
type payload struct {
	Issuer    string           `json:"iss"`
	Subject   string           `json:"sub"`
	Audience  jwt.ClaimStrings `json:"aud"`
	ExpiresAt *int64           `json:"exp"`
	NotBefore *int64           `json:"nbf,omitempty"` // never written; refused where it says not yet
	IssuedAt  *int64           `json:"iat"`           // not compared with the clock: RFC 7519 §4.1.6 does not ask for it, and clocks differ
	ID        string           `json:"jti"`
	SessionID string           `json:"sid"`
	Role      string           `json:"role,omitempty"`
	RefreshID string           `json:"rti,omitempty"`
}

// The methods of jwt.Claims, which the parser's checks read.

func (p payload) GetExpirationTime() (*jwt.NumericDate, error) { return date(p.ExpiresAt) }
func (p payload) GetNotBefore() (*jwt.NumericDate, error)      { return date(p.NotBefore) }
func (p payload) GetIssuedAt() (*jwt.NumericDate, error)       { return date(p.IssuedAt) }
func (p payload) GetAudience() (jwt.ClaimStrings, error)       { return p.Audience, nil }
func (p payload) GetIssuer() (string, error)                   { return p.Issuer, nil }
func (p payload) GetSubject() (string, error)                  { return p.Subject, nil }

const maxSeconds = 1 << 40 // year 36812; time.Time wraps round far behind it

// date is nil for a claim that is not there.
func date(seconds *int64) (*jwt.NumericDate, error) {
	if seconds == nil {
		return nil, nil
	}
	if *seconds > maxSeconds || *seconds < -maxSeconds {
		return nil, fmt.Errorf("%w: a date out of range", jwt.ErrTokenMalformed)
	}
	return &jwt.NumericDate{Time: time.Unix(*seconds, 0)}, nil
}

func (p payload) claims() (Claims, error) {
	user, err := uuid.Parse(p.Subject)
	if err != nil {
		return Claims{}, ErrInvalid
	}
	session, err := uuid.Parse(p.SessionID)
	if err != nil || p.ID == "" {
		return Claims{}, ErrInvalid
	}
	issued, err := p.GetIssuedAt()
	if err != nil || issued == nil {
		return Claims{}, ErrInvalid
	}
	return Claims{
		UserID:    user,
		SessionID: session,
		TokenID:   p.ID,
		Role:      p.Role,
		RefreshID: p.RefreshID,
		IssuedAt:  issued.Time,
		ExpiresAt: time.Unix(*p.ExpiresAt, 0),
	}, nil
}
