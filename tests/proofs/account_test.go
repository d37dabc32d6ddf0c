package proofs

import (
	"fmt"
	"slices"
	"time"
)

const (
	leeway  = 5 * time.Second // a token is honoured this much longer than it says
	lingers = time.Minute     // an idle session may be listed for deletion this much longer; nobody can use it
	recent  = 16              // rotations back, within the grace time, a token is answered again (decision 0007)
)

// limits is the part of the configuration that the promises depend on.
type limits struct {
	access, refresh, maxAge, grace time.Duration
	sessions                       int
}

// account is one user and what the program promises of their sessions, written
// to be obviously right: it forgets nothing, prunes nothing and knows every
// token. It is a value; [account.accept] works on a copy of its own.
//
// Where two sessions were used at the same instant and one has to go, the
// program may choose: whoever asks account keeps those times apart.
type account struct {
	limits   limits
	email    string
	password string
	sessions []session // that nobody ended; they may have expired
}

// session is one sign-in.
type session struct {
	id       string
	signedIn time.Time
	lastUsed time.Time // sign-in or latest rotation
	tokens   []retired // every refresh token it ever had; the last is the current one
}

// retired is a refresh token and when the next one took its place.
type retired struct {
	raw string
	at  time.Time
}

func (a account) clone() account {
	a.sessions = slices.Clone(a.sessions)
	for i := range a.sessions {
		a.sessions[i].tokens = slices.Clone(a.sessions[i].tokens)
	}
	return a
}

// accept returns the account after the call, the rule that the call fell
// under, and an error that says what is wrong with the answer by that rule.
func (a account) accept(c call, got answer) (account, string, error) {
	a = a.clone()
	rules := map[operation]func(call, answer) (string, error){
		signUp:         a.signUp,
		signIn:         a.signIn,
		refresh:        a.refresh,
		currentUser:    a.currentUser,
		listSessions:   a.listSessions,
		logOut:         a.logOut,
		endOne:         a.endOne,
		endOthers:      a.endSessions,
		endAll:         a.endSessions,
		changePassword: a.changePassword,
	}
	rule, err := rules[c.op](c, got)
	rule = string(c.op) + ": " + rule
	if err != nil {
		err = fmt.Errorf("%s: %w", rule, err)
	}
	return a, rule, err
}
