package auth

import (
	"cmp"
	"context"
	"strings"

	"sallyport/auth/names"
	"sallyport/models"
)

// account is the name under which somebody signs in.
type account struct {
	email bool   // else a username
	name  string // normalised, or as it came where it is not possible
	// possible is false for a name that no account can have. It is one nobody
	// has: the same answer as for any unknown user.
	possible bool
}

// account goes by the name alone, whichever field it came in: every email holds
// an @ and no username does.
func (c Credentials) account() account {
	a := account{name: cmp.Or(c.Email, c.Username)}
	normalize := names.Username
	if a.email = strings.Contains(a.name, "@"); a.email {
		normalize = names.Email
	}
	if name, problem := normalize(a.name); problem == "" {
		a.name, a.possible = name, true
	}
	return a
}

// key is under what its wrong passwords are limited, whether or not there is
// such an account. An account has two names and so two keys; what locks it is
// counted in its row.
func (a account) key() string {
	if a.email {
		return "email:" + a.name
	}
	return "username:" + a.name
}

func (a account) load(ctx context.Context, store UserStore) (user models.User, found bool, err error) {
	switch {
	case !a.possible:
		return models.User{}, false, nil
	case a.email:
		return store.UserByEmail(ctx, a.name)
	default:
		return store.UserByUsername(ctx, a.name)
	}
}
