package attacks

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sallyport/models"
	"sallyport/tests/harness"
)

const sprayed = 1000 // accounts

// populate makes accounts that all have Ada's password.
func populate(t *testing.T, server *harness.Server) {
	t.Helper()
	server.SignUp(t, "ada")
	ada, _, err := server.Store.UserByUsername(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	for n := range sprayed {
		user := models.User{
			ID: uuid.New(), Username: fmt.Sprintf("person%d", n), Email: fmt.Sprintf("person%d@example.com", n),
			FullName: "Person", PasswordHash: ada.PasswordHash, Role: models.RoleUser,
		}
		if _, err := server.Store.Apply(t.Context(), models.Change{Swaps: []models.Swap{{Next: user}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAttack29_OnePasswordOverAThousandAccountsFromOneAddress(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		populate(t, server)
		attacker := server.Client(t)
		for n := range sprayed {
			from(attacker, fmt.Sprintf("10.1.%d.%d", n>>8, n&255)) // which nobody believes
			answer := attacker.Post(harness.LoginPath, fmt.Sprintf(`{"username":"person%d","password":"Summer2026!"}`, n))
			if n < 20 {
				answer.Want(t, http.StatusUnauthorized, "invalid_credentials")
			} else {
				retryAfter(t, answer)
			}
		}
	}, "RATE_LIMITS=on") // no proxy is trusted
}

func TestAttack29_AStuffingRunFromManyAddressesOnManyAccounts(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_GLOBAL=50/minute")...)
	passed := 0
	for n := range 500 {
		bot := from(server.Client(t), fmt.Sprintf("10.1.%d.%d", n>>8, n&255))
		answer := bot.Post(harness.LoginPath, fmt.Sprintf(`{"email":"person%d@example.com","password":"engine-no-1-plan"}`, n))
		if answer.Status == http.StatusTooManyRequests {
			retryAfter(t, answer)
			continue
		}
		answer.Want(t, http.StatusUnauthorized, "invalid_credentials")
		passed++
	}
	if passed != 50 {
		t.Errorf("%d of 500 sign-ins were tried, want 50", passed)
	}
}

// TestAttack29_WhichAddressCounts sends sign-ins whose headers differ in N: an
// attacker who can choose his address has as many as he likes.
func TestAttack29_WhichAddressCounts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why     string
		trusted string
		header  http.Header
		one     bool // all of them count as one client
	}{
		{"no proxy is trusted", "none", http.Header{"X-Forwarded-For": {"192.0.2.N"}}, true},
		{"the peer is not the trusted proxy", "10.0.0.7", http.Header{"X-Forwarded-For": {"192.0.2.N"}}, true},
		{"a trusted proxy", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.N"}}, false},
		{"what the client said before the proxy appended", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.N, 198.51.100.1"}}, true},
		{"in a header line of its own", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.N", "198.51.100.1"}}, true},
		{"two trusted hops", "127.0.0.1,10.0.0.0/8", http.Header{"X-Forwarded-For": {"192.0.2.N, 10.1.2.3"}}, false},
		{"spoofed before two trusted hops", "127.0.0.1,10.0.0.0/8", http.Header{"X-Forwarded-For": {"192.0.2.N, 198.51.100.1, 10.1.2.3"}}, true},
		{"the second hop is not trusted", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.N, 10.1.2.3"}}, true},
		{"not an address", "127.0.0.1", http.Header{"X-Forwarded-For": {"client-N"}}, true},
		{"malformed behind a good one", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.N, unknown"}}, true},
		{"with a port", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.N:4711"}}, false},
		{"another port of the same address", "127.0.0.1", http.Header{"X-Forwarded-For": {"192.0.2.1:471N"}}, true},
		{"another spelling of the same address", "127.0.0.1", http.Header{"X-Forwarded-For": {"[2001:db8::1:0:0:N]:443"}}, true},
		{"other headers than the documented one", "127.0.0.1", http.Header{"X-Real-Ip": {"192.0.2.N"}, "Forwarded": {"for=192.0.2.N"}, "Cf-Connecting-Ip": {"192.0.2.N"}}, true},
		{"one IPv6 network of 64 bits", "127.0.0.1", http.Header{"X-Forwarded-For": {"2001:db8:1:2::N"}}, true},
		{"anywhere in that network", "127.0.0.1", http.Header{"X-Forwarded-For": {"2001:db8:1:2:N::1"}}, true},
		{"other IPv6 networks", "127.0.0.1", http.Header{"X-Forwarded-For": {"2001:db8:1:N::1"}}, false},
		{"IPv4 in IPv6 notation", "127.0.0.1", http.Header{"X-Forwarded-For": {"::ffff:192.0.2.N"}}, false},
	} {
		t.Run(row.why, func(t *testing.T) {
			server := harness.Start(t, "RATE_LIMITS=on", "TRUSTED_PROXIES="+row.trusted, "LIMIT_LOGIN_PER_ADDRESS=3/hour")
			attacker := server.Client(t)
			for n := 1; n <= 4; n++ {
				attacker.Header = replaced(row.header, n)
				answer := attacker.Post(harness.LoginPath, fmt.Sprintf(`{"username":"person%d","password":"Summer2026!"}`, n))
				if n == 4 && row.one {
					retryAfter(t, answer)
				} else {
					answer.Want(t, http.StatusUnauthorized, "invalid_credentials")
				}
			}
		})
	}
}

func TestAttack29_AnIPv4AddressIsTheSameInIPv6Notation(t *testing.T) {
	server := harness.Start(t, limitsOn("LIMIT_LOGIN_PER_ADDRESS=1/hour")...)
	from(server.Client(t), "192.0.2.1").Login("ada", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
	retryAfter(t, from(server.Client(t), "::ffff:192.0.2.1").Login("ada", harness.WrongPassword))
}

func replaced(header http.Header, n int) http.Header {
	made := http.Header{}
	for name, values := range header {
		for _, value := range values {
			made.Add(name, strings.ReplaceAll(value, "N", strconv.Itoa(n)))
		}
	}
	return made
}
