package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	hashing "sallyport/auth/password"
	"sallyport/tests/harness"
)

// signUpWith registers a user of this number with the password.
func signUpWith(t *testing.T, server *harness.Server, number int, secret string) harness.Answer {
	t.Helper()
	name := fmt.Sprintf("grace%d", number)
	return server.Client(t).Post(harness.RegisterPath, harness.Object("fullName", "Grace Hopper", "username", name, "email", harness.Email(name), "password", secret))
}

func signInWith(t *testing.T, server *harness.Server, number int, secret string) harness.Answer {
	t.Helper()
	return server.Client(t).Login(fmt.Sprintf("grace%d", number), secret)
}

// The hash is made so slow that one more or less of it decides.
func TestAttack23_AHugePasswordIsRefusedWithoutHashing(t *testing.T) {
	slow := hashing.Params{Memory: 64, Iterations: 10_000, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	server := harness.StartHashing(t, slow)
	started := time.Now()
	signInWith(t, server, 1, "hashed-for-nobody").Want(t, 401, "invalid_credentials")
	oneHash := time.Since(started)

	megabyte, fifteen := strings.Repeat("x9 ", 350_000), strings.Repeat("x9 ", 5_000)
	const rounds = 4
	started = time.Now()
	for i := range rounds {
		signUpWith(t, server, i, megabyte).Want(t, 413, "body_too_large")
		signInWith(t, server, i, megabyte).Want(t, 413, "body_too_large")
		signInWith(t, server, i, fifteen).Want(t, 401, "invalid_credentials")
		answer := signUpWith(t, server, i, fifteen).Want(t, 400, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{"password"}) || !strings.Contains(answer.Errors[0].Message, "256") {
			t.Errorf("15 KB: %s", answer.Raw)
		}
	}
	if took := time.Since(started); took > rounds/2*oneHash {
		t.Errorf("%d rounds of refusals took %v, and one hash %v: they were hashed", rounds, took, oneHash)
	}
}

func TestAttack23_OneByteMoreOrLessIsWrongAtAnyLength(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	text := strings.Repeat("seven quiet owls watch the harbour gate; ", 7)
	for i, length := range []int{15, 16, 31, 32, 55, 56, 63, 64, 71, 72, 73, 127, 128, 129, 254, 255} { // around the limits of bcrypt, SHA-2 blocks and lazy truncation
		secret := text[:length]
		signUpWith(t, server, i, secret).Want(t, 201, "")
		signInWith(t, server, i, secret).Want(t, 200, "")
		for why, wrong := range map[string]string{
			"one byte more": secret + "x", "one byte less": secret[:length-1], "a space more": secret + " ",
			"a space before": " " + secret, "a NUL more": secret + "\x00", "upper case": strings.ToUpper(secret),
		} {
			answer := signInWith(t, server, i, wrong)
			if answer.Status != 401 && !(why == "a NUL more" && answer.Status == 400) { // NUL is refused in any JSON
				t.Errorf("%d bytes, %s: %d", length, why, answer.Status)
			}
		}
	}
}

func TestAttack23_EmojiAndOuterSpacesCount(t *testing.T) {
	server := harness.Start(t)
	emoji := strings.Repeat("😀🐶🍎🚗🎉⚽🎲🌍", 8)
	signUpWith(t, server, 1, emoji).Want(t, 201, "")
	signInWith(t, server, 1, emoji).Want(t, 200, "")
	signInWith(t, server, 1, emoji+"🌍").Want(t, 401, "invalid_credentials")

	spaced := "  seven quiet owls  "
	signUpWith(t, server, 2, spaced).Want(t, 201, "")
	signInWith(t, server, 2, spaced).Want(t, 200, "")
	signInWith(t, server, 2, strings.TrimSpace(spaced)).Want(t, 401, "invalid_credentials")
}

func TestAttack24_GuessablePasswordsAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, "PUBLIC_URL=https://harbourgate.example")
	for why, row := range map[string]struct{ secret, reason string }{
		"common":              {"letmein1", "common passwords"},
		"from a breach":       {"trustno1!", "common passwords"},
		"in disguise":         {"P@ssw0rd123", "common passwords"},
		"a keyboard row":      {"1qaz2wsx3edc", "common passwords"},
		"the product":         {"sallyport", "this site"},
		"the product, longer": {"Sallyport2026!", "this site"},
		"the site":            {"harbourgate1", "this site"},
		"the username":        {"grace1grace1", "repeats"},
		"the full name":       {"gracehopper1906", "your name"},
		"the email":           {"grace1@example.com", "your email"},
		"one letter":          {"aaaaaaaaaaaaaaaaaaaaaaaa", "repeats"},
	} {
		answer := signUpWith(t, server, 1, row.secret).Want(t, 400, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{"password"}) || !strings.Contains(answer.Errors[0].Message, row.reason) {
			t.Errorf("%s: %s, want %q", why, answer.Raw, row.reason)
		}
		if strings.Contains(answer.Raw, row.secret) {
			t.Errorf("%s: the answer repeats the password: %s", why, answer.Raw)
		}
	}
	signUpWith(t, server, 1, "seven quiet owls watch the harbour").Want(t, 201, "")
	signUpWith(t, server, 2, strings.Repeat("a", 100)+"seven quiet owls watch the harbour").Want(t, 201, "")
}
