package journeys

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"sallyport/tests/harness"
)

// usersPage is one answer of the list of users.
type usersPage struct {
	Users []struct{ ID, Username string }
	Next  string
}

func usersOf(t *testing.T, root *harness.Client, parameters ...string) (p usersPage) {
	t.Helper()
	query := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	root.Get(harness.AdminPath+"/users?"+query.Encode()).Want(t, http.StatusOK, "").Decode(t, &p)
	return p
}

func (p usersPage) names() []string {
	names := []string{}
	for _, user := range p.Users {
		names = append(names, user.Username)
	}
	return names
}

func TestAdminUsers_SearchFindsWhatNamesBeginWith(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root") // Ada Lovelace
		long := strings.Repeat("ก", 100)        // 300 bytes
		for username, fullName := range map[string]string{
			"thai": long, "ada": "Augusta King", "hopper": "Grace", "a_b": "100% Cotton", "axb": "100 Cottons", "zoe": "Åsa ÖZIL", "bjorn": "BJÖRN Ångström", "sigma": "Ελένη", "quote": `O'Brien \ "x"`,
		} {
			server.Client(t).Post(harness.RegisterPath, harness.Object("fullName", fullName, "username", username, "email", username+"+tag@mail.example", "password", harness.Password)).
				Want(t, http.StatusCreated, "")
		}
		for search, want := range map[string][]string{
			"ADA": {"ada", "root"}, "ada": {"ada", "root"}, " ada ": {"ada", "root"}, "ad": {"ada", "root"}, "da": {}, "ada lo": {"root"}, "LOVELACE": {}, "ada+TAG@": {"ada"}, "ada+tag@MAIL.example": {"ada"},
			"augusta k": {"ada"}, "AUGUSTA": {"ada"}, "king": {},
			"a_": {"a_b"}, "a_b": {"a_b"}, "axb": {"axb"}, "_": {}, "%": {}, "100%": {"a_b"}, "100": {"a_b", "axb"}, `\`: {}, "*": {}, "?": {},
			"åsa": {"zoe"}, "ÅSA": {"zoe"}, "Åsa Ö": {"zoe"}, "åsa özil": {"zoe"}, "BJÖRN": {"bjorn"}, "björn": {"bjorn"}, "ελ": {"sigma"}, "ΕΛΈΝΗ": {"sigma"},
			"o'b": {"quote"}, `o'brien \`: {"quote"}, "' OR 1=1 --": {}, "A\u030asa": {"zoe"}, "\U0010ffff": {}, long: {"thai"},
		} {
			got := usersOf(t, root, "search", search).names()
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%q finds %q, want %q", search, got, want)
			}
		}
		if got := len(usersOf(t, root, "search", "").Users); got != 10 {
			t.Errorf("an empty search finds %d users", got)
		}
	})
}

func TestAdminUsers_FiltersByRoleAndStatus(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		verified(t, server, "ada")
		server.SignUp(t, "eve")
		root.AsAdmin(http.MethodPost, "eve", "/disable").Want(t, http.StatusOK, "")
		for _, tt := range []struct {
			want   []string
			filter []string
		}{
			{[]string{"eve", "ada", "root"}, nil},
			{[]string{"root"}, []string{"role", "admin"}},
			{[]string{"eve", "ada"}, []string{"role", "user"}},
			{[]string{"ada", "root"}, []string{"status", "enabled"}},
			{[]string{"eve"}, []string{"status", "disabled"}},
			{[]string{}, []string{"status", "locked"}},
			{[]string{"eve", "root"}, []string{"status", "unverified"}},
			{[]string{"eve"}, []string{"status", "unverified", "role", "user", "search", "E"}},
			{[]string{}, []string{"status", "enabled", "search", "eve"}},
		} {
			if diff := cmp.Diff(tt.want, usersOf(t, root, tt.filter...).names()); diff != "" {
				t.Errorf("%q: %s", tt.filter, diff)
			}
		}
	})
}

// Who signs up or goes while somebody turns the pages moves nobody to another one.
func TestAdminUsers_PagesMissNothingAndRepeatNothing(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		want := []string{"root"}
		for i := range 7 {
			name := fmt.Sprint("person", i)
			server.SignUp(t, name)
			want = slices.Insert(want, 0, name)
		}
		var seen []string
		pages := 0
		for p := usersOf(t, root, "limit", "3"); ; p = usersOf(t, root, "limit", "3", "cursor", p.Next) {
			pages++
			server.SignUp(t, fmt.Sprint("late", pages))
			if pages == 1 {
				root.AsAdmin(http.MethodDelete, "person5", "").Want(t, http.StatusOK, "") // the last of the page that was shown
			}
			if seen = append(seen, p.names()...); p.Next == "" {
				break
			}
		}
		if diff := cmp.Diff(want, seen); diff != "" || pages != 3 {
			t.Errorf("%d pages: %s", pages, diff)
		}
	})
}

func TestAdmin_RefusesParametersThatAreWrong(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	root := server.Administrator(t, "root")
	for query, field := range map[string]string{
		"/users?limit=0": "limit", "/users?limit=101": "limit", "/users?limit=x": "limit", "/users?limit=1&limit=2": "limit", "/users?limit=": "limit",
		"/users?role=owner": "role", "/users?role=user&role=admin": "role", "/users?status=gone": "status", "/users?cursor=1": "cursor", "/users?search=%00": "search", "/users?search=%ff": "search",
		"/users?search=" + strings.Repeat("a", 255): "search", "/users?search=a&search=b": "search", "/users?search=%zz": "query",
		"/events?user=ada": "user", "/events?actor=1": "actor", "/events?from=yesterday": "from", "/events?to=2026-01-02": "to", "/events?from=0000-01-01T00:00:00Z": "from",
		"/events?cursor=1": "cursor", "/events?cursor=-1_01890a5d-ac96-774b-bcce-b302099a8057": "cursor", "/events?cursor=9223372036854775807_01890a5d-ac96-774b-bcce-b302099a8057": "cursor",
		"/users?cursor=" + uuid.Nil.String(): "cursor", "/events?user=" + uuid.Nil.String(): "user", "/events.csv?actor=" + uuid.Nil.String(): "actor", // would else be as absent
		"/events?to=0001-01-01T00:00:00Z": "to",
		"/events?event=%00":               "event", "/events?ip=%ff": "ip", "/events.csv?from=x": "from", "/events?limit=500": "limit",
	} {
		answer := root.Get(harness.AdminPath+query).Want(t, http.StatusBadRequest, "validation_failed")
		if len(answer.Errors) != 1 || answer.Errors[0].Field != field {
			t.Errorf("%s: %v, want %s", query, answer.Errors, field)
		}
	}
}
