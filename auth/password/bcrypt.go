package password

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost bounds what one wrong password can cost: about a second of one
	// core. Each step more doubles it, and 31 takes days.
	maxBcryptCost = 14
	bcryptLength  = 60 // $2b$10$, 22 characters of salt and 31 of hash
	// bcryptBytes is how much of a password bcrypt looks at.
	bcryptBytes = 72
)

// CheckBcrypt says what is wrong with a bcrypt hash of another program, in words
// that follow the field's name, or "" for one that [Hasher.Verify] can compare:
// $2a$, $2b$ or $2y$, which are the same for every password that can be entered
// here, with a cost of 4 to 14.
func CheckBcrypt(hash string) (problem string) {
	if !IsBcrypt(hash) {
		return "is not a bcrypt hash ($2a$, $2b$ or $2y$ and 56 characters more)"
	}
	cost, err := strconv.ParseUint(hash[4:6], 10, 8) // of digits alone
	switch {
	case err != nil || cost < uint64(bcrypt.MinCost) || cost > uint64(bcrypt.MaxCost):
		return fmt.Sprintf("has the bcrypt cost %q, and there are those from %d to %d", hash[4:6], bcrypt.MinCost, bcrypt.MaxCost)
	case cost > maxBcryptCost:
		return fmt.Sprintf("has the bcrypt cost %d, and a sign-in may cost %d at most", cost, maxBcryptCost)
	}
	for _, c := range []byte(hash[7:]) {
		if !inBcrypt(c) {
			return "holds a character that is in no bcrypt hash"
		}
	}
	return ""
}

// IsBcrypt reports whether the hash says that it is one of bcrypt. $2x$ is not: it
// marks those of a faulty program.
func IsBcrypt(hash string) bool {
	return len(hash) == bcryptLength && hash[:2] == "$2" && (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && hash[3] == '$' && hash[6] == '$'
}

func inBcrypt(c byte) bool {
	return c == '.' || c == '/' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// verifyBcrypt is [Hasher.Verify] for a hash of bcrypt. It is stale, unless bcrypt
// has not looked at all of the password: a typing error behind its 72nd byte would
// become a part of the new hash, and the right password would be refused then.
func verifyBcrypt(password, hash string) (match, stale bool, err error) {
	if problem := CheckBcrypt(hash); problem != "" {
		return false, false, errors.New("the stored password hash " + problem)
	}
	err = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, false, nil
	}
	return err == nil, err == nil && len(password) <= bcryptBytes, err
}
