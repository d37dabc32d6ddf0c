package journeys

import (
	"testing"

	"sallyport/tests/harness"
)

// The secrets that take over from harness.AccessSecret and RefreshSecret.
const (
	nextAccessSecret  = "9wQm4TzL7cXe2RbN6vKs8HyJ1dPg5uAf"
	nextRefreshSecret = "3kVt8GzR5nWc1YqL9mBx7SdH4jPe6uTf"
)

// The lists of both variables, in the order in which docs/operations.md has
// them replaced.
var (
	onlyOld  = secretLists(harness.AccessSecret, harness.RefreshSecret)
	oldFirst = secretLists(harness.AccessSecret+","+nextAccessSecret, harness.RefreshSecret+","+nextRefreshSecret)
	newFirst = secretLists(nextAccessSecret+","+harness.AccessSecret, nextRefreshSecret+","+harness.RefreshSecret)
	onlyNew  = secretLists(nextAccessSecret, nextRefreshSecret)
)

func secretLists(access, refresh string) []string {
	return []string{"ACCESS_TOKEN_SECRET=" + access, "REFRESH_TOKEN_SECRET=" + refresh}
}

func TestSecretRotation_SessionsThatRefreshInTheOverlapSurvive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	restart := func(secrets []string) *harness.Process { return harness.Built(t).Serve(t, dir, secrets...) }

	p := restart(onlyOld)
	active, idle := p.SignUp("ada"), p.SignUp("grace")
	oldKeys := keyIDs(t, active)
	p.Kill()

	p = restart(newFirst)
	for _, tokens := range []harness.Tokens{active, idle} {
		p.CurrentUser(tokens.Access).Want(t, 200, "")
	}
	renewed := p.Refresh(active.Refresh).Want(t, 200, "").Tokens(t)
	newKeys := keyIDs(t, renewed)
	if newKeys[0] == oldKeys[0] || newKeys[1] == oldKeys[1] {
		t.Errorf("still signed with the old keys: %q, before %q", newKeys, oldKeys)
	}
	p.Kill()

	p = restart(onlyNew)
	for _, tokens := range []harness.Tokens{active, idle} {
		p.CurrentUser(tokens.Access).Want(t, 401, "invalid_token")
		p.Refresh(tokens.Refresh).Want(t, 401, "invalid_token")
	}
	p.CurrentUser(renewed.Access).Want(t, 200, "") // an old token that nobody can verify is no theft either
	again := p.Refresh(renewed.Refresh).Want(t, 200, "").Tokens(t)
	if keys := keyIDs(t, again); keys != newKeys {
		t.Errorf("signed with %q, want %q", keys, newKeys)
	}
}

// TestSecretRotation_NoInstanceRefusesAnother replaces the instances one by
// one: at each step some still run with the lists of the step before.
func TestSecretRotation_NoInstanceRefusesAnother(t *testing.T) {
	t.Parallel()
	database := harness.PostgresURL(t)
	start := func(secrets []string) *harness.Process {
		return harness.Built(t).Serve(t, t.TempDir(), append(secrets, "DATABASE_URL="+database)...)
	}
	present := start(onlyOld)
	session := present.SignUp("ada")
	for _, secrets := range [][]string{oldFirst, newFirst, onlyNew} {
		next := start(secrets)
		for _, p := range []*harness.Process{present, next, present, next} {
			p.CurrentUser(session.Access).Want(t, 200, "")
			session = p.Refresh(session.Refresh).Want(t, 200, "").Tokens(t)
		}
		present.Kill()
		present = next
	}
}

// keyIDs returns the kid of the access and of the refresh token.
func keyIDs(t *testing.T, tokens harness.Tokens) (kids [2]string) {
	t.Helper()
	for i, raw := range []string{tokens.Access, tokens.Refresh} {
		header, _, err := harness.DecodeJWT(raw)
		kid, _ := header["kid"].(string)
		if err != nil || kid == "" {
			t.Fatalf("header %v: %v", header, err)
		}
		kids[i] = kid
	}
	return kids
}
