package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/alexedwards/argon2id"

	"sallyport/auth/password"
)

// row is one line of the table.
type row struct {
	name    string
	against string  // the row its rate is divided by
	target  float64 // what that ratio should at least be
	count   int     // of workers
	worker  func() (once func() error, err error)

	workers []func() error
	result  result
}

const (
	bareGin = "bare Gin handler"
	rawHash = "raw Argon2id, every core"
	devices = 10 // sessions on a full row: the default of MAX_SESSIONS
)

// allRows is the table. Each worker has a connection and a user of its own.
func allRows(connections int, s *servers) []*row {
	v := &visitors{address: s.sallyport}
	return []*row{
		{name: bareGin, count: connections, worker: func() (func() error, error) { return bare(s.bare) }},
		{name: "GET current-user", against: bareGin, target: 0.60, count: connections, worker: v.currentUser},
		{name: "POST refresh-token", against: bareGin, target: 0.15, count: connections, worker: v.refresh},
		{name: "POST refresh-token, 10 devices", against: bareGin, target: 0.10, count: connections, worker: v.refreshFull},
		{name: rawHash, count: runtime.GOMAXPROCS(0), worker: hash},
		{name: "POST login", against: rawHash, target: 0.95, count: connections, worker: v.login},
	}
}

func bare(address string) (func() error, error) {
	c, err := dial(address)
	return func() error { return c.send("GET", "/", "", "accessToken") }, err
}

func hash() (func() error, error) {
	stored, err := argon2id.CreateHash(secret, &password.Recommended)
	return func() error {
		match, _, err := argon2id.CheckHash(secret, stored)
		if err == nil && !match {
			err = errors.New("the hash does not match")
		}
		return err
	}, err
}

const secret = "engine-no-1-plan"

// visitors makes users that nobody else uses.
type visitors struct {
	address string
	made    atomic.Int64
}

// register returns a connection whose user is signed in, and what to send to
// sign in once more.
func (v *visitors) register() (c *client, login string, err error) {
	n := v.made.Add(1)
	if c, err = dial(v.address); err != nil {
		return nil, "", err
	}
	err = c.send("POST", "/api/v1/auth/register", fmt.Sprintf(
		`{"fullName":"Ada Lovelace","username":"ada%d","email":"ada%d@example.com","password":%q}`, n, n, secret))
	return c, fmt.Sprintf(`{"email":"ada%d@example.com","password":%q}`, n, secret), err
}

func (v *visitors) currentUser() (func() error, error) {
	c, _, err := v.register()
	return func() error { return c.send("GET", "/api/v1/users/current-user", "", "accessToken") }, err
}

func (v *visitors) login() (func() error, error) {
	c, login, err := v.register()
	return func() error { return c.send("POST", "/api/v1/auth/login", login) }, err
}

func (v *visitors) refresh() (func() error, error) {
	c, _, err := v.register()
	return c.rotate, err
}

func (v *visitors) refreshFull() (func() error, error) {
	c, login, err := v.register()
	for i := 1; i < devices && err == nil; i++ {
		err = c.send("POST", "/api/v1/auth/login", login)
	}
	return c.rotate, err
}

// rotate exchanges the refresh token and insists that another came back.
func (c *client) rotate() error {
	before := c.cookies["refreshToken"]
	err := c.send("POST", "/api/v1/auth/refresh-token", "", "accessToken", "refreshToken")
	if err == nil && c.cookies["refreshToken"] == before {
		err = errors.New("the refresh token was not rotated")
	}
	return err
}
