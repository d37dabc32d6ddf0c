package main

import (
	"errors"

	"sallyport/tests/harness"
)

// visitor is a connection that acts for one account after the other. A person
// refreshes every few minutes: a benchmark that refreshed one account over and
// over would measure a row full of just-retired tokens.
type visitor struct {
	*client
	accounts []account
	next     int
}

// visitor makes worker w of so many, who does this for its accounts out of
// [from, to). It connects at its first request: a server does not wait long for
// that.
func (p population) visitor(address string, w, workers, from, to int, do func(*visitor) error) (worker, error) {
	accounts, err := p.accounts(w, workers, from, to)
	if err == nil && len(accounts) == 0 {
		err = errors.New("there are fewer users than connections")
	}
	v := &visitor{accounts: accounts}
	return func() (err error) {
		if v.client == nil {
			if v.client, err = dial(address); err != nil {
				return err
			}
		}
		return do(v)
	}, err
}

// as takes the next account's cookies.
func (v *visitor) as() *account {
	a := &v.accounts[v.next%len(v.accounts)]
	v.next++
	v.cookies["accessToken"], v.cookies["refreshToken"] = a.access, a.refresh
	return a
}

// root asks the bare server, with the same header as currentUser.
func (v *visitor) root() error {
	v.as()
	return v.send("GET", "/", "", "accessToken")
}

func (v *visitor) currentUser() error {
	v.as()
	return v.send("GET", harness.CurrentUserPath, "", "accessToken")
}

// rotate exchanges the refresh token and insists that another came back.
func (v *visitor) rotate() error {
	a := v.as()
	err := v.send("POST", harness.RefreshPath, "", "accessToken", "refreshToken")
	if err == nil && v.cookies["refreshToken"] == a.refresh {
		err = errors.New("the refresh token was not rotated")
	}
	a.access, a.refresh = v.cookies["accessToken"], v.cookies["refreshToken"]
	return err
}

func (v *visitor) login() error {
	return v.send("POST", harness.LoginPath, harness.Object("email", v.as().email, "password", harness.Password))
}
