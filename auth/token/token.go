// Package token issues and verifies the two JWTs. Most callers need
// [NewAccess], [NewRefresh] and the methods of [Signer]. It knows nothing of
// users, sessions or HTTP and imports no other package of the program.
package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// What [Signer.Verify] and [Signer.VerifyAll] say no with.
var (
	ErrMissing = errors.New("no token")
	ErrInvalid = errors.New("invalid token")
	ErrForged  = fmt.Errorf("%w: not our signature", ErrInvalid) // under a key we know, by its name: no honest client sends that
	ErrExpired = errors.New("token expired")
)

const (
	issuer    = "sallyport"
	maxLength = 4096            // bytes; ours are below 500, browsers cut cookies at 4096
	leeway    = 5 * time.Second // clocks of several instances differ a little
)

// Claims is what a token says. Times are whole seconds (RFC 7519 §2).
type Claims struct {
	UserID    uuid.UUID // sub
	SessionID uuid.UUID // sid
	TokenID   string    // jti
	Role      string    // access tokens only; informative, never trusted by the server
	RefreshID string    // rti, access tokens only: TokenID of the refresh token issued with it
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Signer issues and verifies one kind of token. It is safe for concurrent use.
type Signer struct {
	typ      string
	audience string
	keys     []key // the first signs
	parser   *jwt.Parser
	now      func() time.Time
	seen     *remembered // nil: every token is parsed
}

// NewAccess returns the signer of access tokens (header typ "at+jwt", RFC 9068
// §2.1). The first secret signs and all of them verify.
func NewAccess(secrets []string, now func() time.Time) *Signer {
	s := newSigner("at+jwt", "sallyport:api", secrets, now)
	s.seen = newRemembered() // a refresh token is used once: nothing to remember
	return s
}

// NewRefresh returns the signer of refresh tokens (header typ "rt+jwt").
func NewRefresh(secrets []string, now func() time.Time) *Signer {
	return newSigner("rt+jwt", "sallyport:refresh", secrets, now)
}

func newSigner(typ, audience string, secrets []string, now func() time.Time) *Signer {
	return &Signer{
		typ:      typ,
		audience: audience,
		keys:     newKeys(secrets),
		now:      now,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Name}),
			jwt.WithExpirationRequired(),
			jwt.WithIssuer(issuer),
			jwt.WithAudience(audience),
			jwt.WithLeeway(leeway),
			jwt.WithStrictDecoding(),
			jwt.WithTimeFunc(now),
		),
	}
}

// Sign returns the token of these claims. The same claims give the same bytes
// as long as the first secret stays, which lets the server repeat a refresh
// token that it does not store.
func (s *Signer) Sign(c Claims) (string, error) {
	issued, expires := c.IssuedAt.Unix(), c.ExpiresAt.Unix()
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, payload{
		Issuer:    issuer,
		Subject:   c.UserID.String(),
		Audience:  jwt.ClaimStrings{s.audience},
		ExpiresAt: &expires,
		IssuedAt:  &issued,
		ID:        c.TokenID,
		SessionID: c.SessionID.String(),
		Role:      c.Role,
		RefreshID: c.RefreshID,
	})
	t.Header["typ"] = s.typ
	t.Header["kid"] = s.keys[0].id
	return t.SignedString(s.keys[0].secret)
}

// key is one secret with the name tokens call it by.
type key struct {
	id     string
	secret []byte
}

// newKeys names each secret by a keyed digest of a constant, so the name stays
// the same across restarts and list positions and says nothing of the secret.
func newKeys(secrets []string) []key {
	keys := make([]key, len(secrets))
	for i, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s))
		mac.Write([]byte("sallyport kid"))
		keys[i] = key{
			id:     base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:6]), // 48 bits distinguish a few keys
			secret: []byte(s),
		}
	}
	return keys
}

// NewID returns a token id: 128 random bits (OWASP ASVS 7.2.3) in 22 characters.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
