package attacks

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/tests/harness"
)

func TestAttack04_OneTokenAsTheOther(t *testing.T) {
	t.Parallel()
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		other := kinds[0]
		if k.name == other.name {
			other = kinds[1]
		}
		fresh := harness.Start(t)
		foreign := genuine(t, fresh.SignUp(t, "ada").Cookie(other.name), other.secret)
		wantRefused(t, server, k, "invalid_token", map[string]string{
			"the " + other.name:           foreign.String(),
			"the other, under our key":    foreign.changed(func(j *jws) { j.sign = good.sign }).String(),
			"the other, key and kid":      foreign.changed(func(j *jws) { j.sign, j.header["kid"] = good.sign, good.header["kid"] }).String(),
			"the other, key, kid and typ": foreign.changed(func(j *jws) { j.sign, j.header = good.sign, good.header }).String(),
			"the other, key, kid and aud": foreign.changed(func(j *jws) {
				j.sign, j.header["kid"], j.claims["aud"] = good.sign, good.header["kid"], good.claims["aud"]
			}).String(),
			"ours with the typ of the other": good.changed(func(j *jws) { j.header["typ"] = foreign.header["typ"] }).String(),
		})
	})
}

func TestAttack05_ClaimsThatMustNotPass(t *testing.T) {
	t.Parallel()
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		future := server.Clock.Now().Add(time.Hour).Unix()
		missing := struct{}{}
		with := func(claim string, value any) string {
			return good.changed(func(j *jws) {
				j.claims[claim] = value
				if value == missing {
					delete(j.claims, claim)
				}
			}).String()
		}
		invalid, expired := map[string]string{}, map[string]string{}
		for claim, values := range map[string][]any{
			"exp": {missing, nil, "tomorrow", fmt.Sprint(future), []int64{future}, map[string]any{}, true, 1e300, -1e300},
			"nbf": {future, 1e300, "now"},
			"iat": {missing, 1e300, "now"}, // in the future: TestAttack52_…
			"iss": {missing, "", "evil", "Sallyport", "sallyport ", []string{"sallyport"}, 1},
			"aud": {missing, "", "evil", "sallyport", []string{}, 1},
			"sub": {missing, "", nil, "1 OR 1=1", 1, "ada@example.com", []string{"a"}},
			"sid": {missing, "", "x", 1},
			"jti": {missing, "", 1},
		} {
			for _, value := range values {
				invalid[fmt.Sprint(claim, " ", value)] = with(claim, value)
			}
		}
		for _, exp := range []any{0, -1, -1e9, server.Clock.Now().Add(-time.Hour).Unix()} {
			expired[fmt.Sprint("exp ", exp)] = with("exp", exp)
		}
		wantRefused(t, server, k, "invalid_token", invalid)
		wantRefused(t, server, k, "token_expired", expired)
	})
}

func TestAttack05_SubjectOrSessionThatIsNotThere(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
		for _, k := range kinds {
			hers, mine := genuine(t, eve.Cookie(k.name), k.secret), genuine(t, ada.Cookie(k.name), k.secret)
			wantRefused(t, server, k, "session_ended", map[string]string{
				"a subject nobody has":     mine.changed(func(j *jws) { j.claims["sub"] = uuid.NewString() }).String(),
				"the zero subject":         mine.changed(func(j *jws) { j.claims["sub"] = uuid.Nil.String() }).String(),
				"the zero session":         mine.changed(func(j *jws) { j.claims["sid"] = uuid.Nil.String() }).String(),
				"another user's session":   mine.changed(func(j *jws) { j.claims["sid"] = hers.claims["sid"] }).String(),
				"another user's subject":   mine.changed(func(j *jws) { j.claims["sub"] = hers.claims["sub"] }).String(),
				"a session that never was": mine.changed(func(j *jws) { j.claims["sid"] = uuid.NewString() }).String(),
			})
		}
		eve.WantAlive() // Eve, whose session was named
		if _, err := server.SQL(t).ExecContext(t.Context(), "DELETE FROM users WHERE email = 'ada@example.com'"); err != nil {
			t.Fatal(err)
		}
		for _, k := range kinds {
			wantRefused(t, server, k, "session_ended", map[string]string{"a deleted subject": ada.Cookie(k.name)})
		}
	}, "SESSION_CACHE_TTL=0")
}

func TestAttack06_MangledTokens(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		token := good.String()
		parts := strings.Split(token, ".")
		last := strings.IndexByte(alphabet, token[len(token)-1])
		wantRefused(t, server, k, "invalid_token", map[string]string{
			"padding":                      token + "=",
			"padding in the middle":        parts[0] + "=." + parts[1] + "." + parts[2],
			"the last bit flipped":         token[:len(token)-1] + string(alphabet[last^4]),
			"a bit that no byte holds":     token[:len(token)-1] + string(alphabet[last^1]),
			"the standard alphabet":        parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
			"an unknown crit":              good.changed(func(j *jws) { j.header["crit"] = []string{"b64"} }).String(),
			"a crit we would have to know": good.changed(func(j *jws) { j.header["crit"], j.header["b64"] = []string{"b64"}, false }).String(),
			"an empty crit":                good.changed(func(j *jws) { j.header["crit"] = []string{} }).String(),
			"compression":                  good.changed(func(j *jws) { j.header["zip"] = "DEF" }).String(),
			"two parts":                    parts[0] + "." + parts[1],
			"a dot more":                   token + ".",
			"five parts, as a JWE":         b64([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + "..AAAA.AAAA.AAAA",
			"no signature":                 parts[0] + "." + parts[1] + ".",
			"the first kilobytes of dots":  strings.Repeat(".", 8<<10),
			"4 KB and a byte":              token + strings.Repeat("A", 4097-len(token)),
		})
	})
}

// A signature does not make a token short: what is parsed is bounded.
func TestAttack06_ALongTokenIsRefusedThoughWeSignedIt(t *testing.T) {
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		pad, padded := "", good.String()
		longest := padded
		for len(padded) <= 4096 {
			longest, pad = padded, pad+"x"
			padded = good.changed(func(j *jws) { j.claims["pad"] = pad }).String()
		}
		wantRefused(t, server, k, "invalid_token", map[string]string{"more than 4 KB": padded})
		for _, present := range k.present { // while 4 KB get as far as the closed database
			present(t, server, longest).Want(t, 500, "internal_error")
		}
	})
}

func TestAttack06_DotsCostNoMemory(t *testing.T) {
	const (
		requests = 100
		limit    = 16 << 20 // bytes; all the dots together are 100 MB
	)
	server := harness.Start(t)
	send := func() {
		for size, status := range map[int]int{30 << 10: 401, 500 << 10: 431} { // more than 32 KB of header are not read
			if answer := server.Exchange(t, harness.RawRequest("GET", harness.CurrentUserPath, "Authorization: Bearer "+strings.Repeat(".", size)))[0]; answer.Status != status {
				t.Fatalf("%d bytes of dots: %d %s", size, answer.Status, answer.Raw)
			}
		}
		body := `{"refreshToken":"` + strings.Repeat(".", 500<<10) + `"}`
		server.Client(t).Post(harness.RefreshPath, body).Want(t, 413, "body_too_large")
	}
	send()
	before := heap()
	for range requests {
		send()
	}
	if grown := int64(heap()) - int64(before); grown > limit {
		t.Errorf("the heap grew by %d MB over %d requests", grown>>20, requests)
	}
}

// heap is the memory in use after everything unused was given back.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestAttack07_TokenInTheQuery(t *testing.T) {
	server := harness.Start(t, "LOG_LEVEL=debug")
	ada := server.SignUp(t, "ada")
	access, refresh := ada.Tokens().Access, ada.Tokens().Refresh
	query := "?accessToken=" + access + "&access_token=" + access + "&token=" + access + "&refreshToken=" + refresh
	for _, r := range harness.Routes(t) {
		if !r.NeedsIdentity() {
			continue
		}
		server.Ask(t, r.Method, r.Path+query, r.Body, "Content-Type", "application/json").Want(t, 401, "missing_token")
	}
	server.Ask(t, "POST", harness.RefreshPath+query, "").Want(t, 401, "missing_token")
	server.Ask(t, "POST", harness.LogoutPath+query, "").Want(t, 200, "")
	server.Ask(t, "GET", "/nowhere"+query, "").Want(t, 404, "not_found")
	ada.WantAlive() // Ada, whom nobody signed out
	log := server.Log.String()
	for _, token := range []string{access, refresh} {
		if strings.Contains(log, harness.Signature(token)) {
			t.Errorf("the log holds a token of a query")
		}
	}
	if !strings.Contains(log, `"path":"/nowhere"`) {
		t.Error("the requests were not logged: their absence proves nothing")
	}
}
