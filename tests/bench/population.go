package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"sallyport/auth/password"
	"sallyport/auth/token"
	"sallyport/models"
	"sallyport/tests/harness"
)

const (
	agent       = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	devices     = 10             // sessions on a full row: the default of MAX_SESSIONS
	tokenExpiry = 24 * time.Hour // longer than any run
)

// population makes users out of nothing but their number: a million of them
// are written to a database without being kept, and the tokens of any one can
// be signed at any time. Each signed in a short while ago.
type population struct {
	users    int
	full     int // so many of them, the first, have 10 devices
	hash     string
	signedIn time.Time
	access   *token.Signer
	refresh  *token.Signer
}

func newPopulation(users, full int) (population, error) {
	hash, err := argon2id.CreateHash(harness.Password, &password.Recommended)
	return population{
		users:    users,
		full:     full,
		hash:     hash,
		signedIn: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
		access:   token.NewAccess([]string{harness.AccessSecret}, time.Now),
		refresh:  token.NewRefresh([]string{harness.RefreshSecret}, time.Now),
	}, err
}

// user returns user number i, the same each time.
func (p population) user(i int) models.User {
	random := rand.New(rand.NewPCG(1, uint64(i)))
	created := p.signedIn.Add(-time.Duration(p.users-i) * time.Second)
	name := fmt.Sprintf("%06x.lovelace%d", random.Uint32N(1<<24), i) // new names come in no order
	user := models.User{
		ID: newUUID(random, created), Username: name, Email: name + "@example.com", FullName: "Ada Lovelace",
		PasswordHash: p.hash, Role: models.RoleUser, CreatedAt: created, UpdatedAt: created,
		SessionsVersion: 1,
	}
	count := 1
	if i < p.full {
		count = devices
	}
	for range count {
		user.Sessions = append(user.Sessions, p.session(random))
	}
	return user
}

func (p population) session(random *rand.Rand) models.Session {
	id := newUUID(random, p.signedIn)
	return models.Session{
		ID:         id,
		TokenID:    base64.RawURLEncoding.EncodeToString(id[:]),
		IssuedAt:   p.signedIn,
		ExpiresAt:  p.signedIn.Add(tokenExpiry),
		SignedInAt: p.signedIn,
		LastUsedAt: p.signedIn,
		UserAgent:  agent,
		IP:         "127.0.0.1",
	}
}

// newUUID returns a UUIDv7 of this time (RFC 9562 §5.7).
func newUUID(random *rand.Rand, at time.Time) (id uuid.UUID) {
	milliseconds := uint64(at.UnixMilli())
	for i := range 6 {
		id[i] = byte(milliseconds >> (40 - 8*i))
	}
	for i := 6; i < len(id); i++ {
		id[i] = byte(random.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// account is what a client of a user needs.
type account struct {
	id              string
	version         int64 // of the row, as it was filled
	email           string
	access, refresh string // tokens of the user's last session
}

func (p population) account(i int) (account, error) {
	user := p.user(i)
	session := user.Sessions[len(user.Sessions)-1]
	claims := token.Claims{
		UserID: user.ID, SessionID: session.ID, TokenID: session.TokenID,
		IssuedAt: session.IssuedAt, ExpiresAt: session.ExpiresAt,
	}
	refresh, err := p.refresh.Sign(claims)
	if err != nil {
		return account{}, err
	}
	claims.Role = string(user.Role)
	access, err := p.access.Sign(claims)
	return account{user.ID.String(), user.SessionsVersion, user.Email, access, refresh}, err
}

const mostAccounts = 1000 // of one worker, picked when there are more

// accounts returns users of worker w of so many, out of [from, to) and in no
// order; no two workers share one.
func (p population) accounts(w, workers, from, to int) ([]account, error) {
	var accounts []account
	for _, i := range pick(rand.New(rand.NewPCG(2, uint64(w))), (to-from)/workers) {
		a, err := p.account(from + i*workers + w)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}

// pick returns up to mostAccounts different numbers below n, in random order.
func pick(random *rand.Rand, n int) []int {
	if n <= mostAccounts {
		return random.Perm(n)
	}
	seen := make(map[int]bool, mostAccounts)
	picked := make([]int, 0, mostAccounts)
	for len(picked) < mostAccounts {
		if i := random.IntN(n); !seen[i] {
			seen[i] = true
			picked = append(picked, i)
		}
	}
	return picked
}
