package password

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// known is from the test vectors of OpenBSD's bcrypt as John the Ripper and PHP
// ship them.
const (
	known         = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	knownPassword = "U*U"
)

func TestVerify_TakesBcryptOfEveryName(t *testing.T) {
	hasher := hasher(t, cheap)
	for _, kind := range []string{"$2a$", "$2b$", "$2y$"} {
		hash := kind + known[4:]
		match, stale, err := hasher.Verify(t.Context(), knownPassword, hash)
		if !match || !stale || err != nil {
			t.Errorf("%s: match %v, stale %v, %v; want a match that is to be replaced", kind, match, stale, err)
		}
		match, stale, err = hasher.Verify(t.Context(), "U*V", hash)
		if match || stale || err != nil {
			t.Errorf("%s with a wrong password: match %v, stale %v, %v", kind, match, stale, err)
		}
	}
}

func TestVerify_LongPasswordKeepsItsBcrypt(t *testing.T) {
	hasher := hasher(t, cheap)
	whole := strings.Repeat("p", bcryptBytes)
	hash, err := bcrypt.GenerateFromPassword([]byte(whole), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for password, replaced := range map[string]bool{
		whole:                      true,
		whole + "typed wrongly":    false, // bcrypt has not looked at the rest
		whole[:bcryptBytes-1]:      false,
		whole[:len(whole)-1] + "q": false,
	} {
		match, stale, err := hasher.Verify(t.Context(), password, string(hash))
		if want := strings.HasPrefix(password, whole); match != want || stale != replaced || err != nil {
			t.Errorf("%d bytes: match %v, stale %v, %v; want %v and %v", len(password), match, stale, err, want, replaced)
		}
	}
}

func TestVerify_RefusesAbsurdCostWithoutWork(t *testing.T) {
	hasher := hasher(t, cheap)
	if _, _, err := hasher.Verify(t.Context(), knownPassword, "$2a$31$"+known[7:]); err == nil { // else it takes days
		t.Error("it was compared")
	}
}

func TestCheckBcrypt_NamesTheProblem(t *testing.T) {
	rest := known[7:]
	for hash, problem := range map[string]string{
		"$2a$10$" + rest:                     "",
		"$2b$14$" + rest:                     "",
		"$2y$04$" + rest:                     "",
		"$2x$10$" + rest:                     "is not a bcrypt hash",
		"$2$10$" + rest + "a":                "is not a bcrypt hash",
		"$1a$10$" + rest:                     "is not a bcrypt hash",
		"$2a$10$" + rest[1:]:                 "is not a bcrypt hash",
		"$2a$10$" + rest + "a":               "is not a bcrypt hash",
		"":                                   "is not a bcrypt hash",
		"$2a$15$" + rest:                     "has the bcrypt cost 15",
		"$2a$31$" + rest:                     "has the bcrypt cost 31",
		"$2a$03$" + rest:                     `has the bcrypt cost "03"`,
		"$2a$32$" + rest:                     `has the bcrypt cost "32"`,
		"$2a$+9$" + rest:                     `has the bcrypt cost "+9"`, // a number to strconv.Atoi
		"$2a$10$" + rest[1:] + "\n":          "holds a character",
		"$2a$10$" + "é" + rest[2:]:           "holds a character",
		"$argon2id$v=19$m=16,t=2,p=1$c2FsdA": "is not a bcrypt hash",
	} {
		if got := CheckBcrypt(hash); problem == "" && got != "" || !strings.HasPrefix(got, problem) {
			t.Errorf("%q %q, want %q", hash, got, problem)
		}
	}
}
