package journeys

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/tests/harness"
)

// page is one answer of the list of activity.
type page struct {
	Activity []struct{ ID, Event, At, Device, UserAgent, IP string }
	Next     string
}

func pageOf(t *testing.T, c *harness.Client, query string) (p page) {
	t.Helper()
	c.Get(harness.ActivityPath+query).Want(t, http.StatusOK, "").Decode(t, &p)
	return p
}

func TestActivity_ShowsWhatConcernsTheUserNewestFirst(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		server.SignUp(t, "eve")
		thief := ada.Copy()
		ada.Refresh().Want(t, http.StatusOK, "")
		ada.CurrentUser().Want(t, http.StatusOK, "")
		server.Clock.Advance(time.Minute)
		thief.Refresh().Want(t, http.StatusUnauthorized, "token_reused")
		ada = server.SignIn(t, "ada", "User-Agent", "curl/8.5.0")
		update(ada, `{"locale":"de"}`).Want(t, http.StatusOK, "")
		ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
		want := []string{"password_changed", "profile_changed", "login_succeeded", "refresh_token_reuse", "email_verified", "registered"}
		if diff := cmp.Diff(want, ada.Activity()); diff != "" {
			t.Error(diff)
		}
		newest := pageOf(t, ada, "?limit=1")
		if one := newest.Activity[0]; one.Device != "curl" || one.UserAgent != "curl/8.5.0" || one.IP != "127.0.0.1" || !strings.HasSuffix(one.At, "Z") {
			t.Errorf("%+v", one)
		}
	})
}

func TestActivity_PagesMissNothingAndRepeatNothing(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		for i := range 7 {
			update(ada, harness.Object("fullName", fmt.Sprint("Ada ", i))).Want(t, http.StatusOK, "")
		}
		var seen []string
		query, pages := "?limit=3", 0
		for p := pageOf(t, ada, query); ; p = pageOf(t, ada, query+"&before="+p.Next) {
			pages++
			for _, one := range p.Activity {
				seen = append(seen, one.ID)
			}
			update(ada, harness.Object("fullName", fmt.Sprint("Ada, page ", pages))).Want(t, http.StatusOK, "") // comes before them
			if p.Next == "" {
				break
			}
		}
		sorted := slices.Sorted(slices.Values(seen))
		if slices.Reverse(sorted); pages != 3 || len(seen) != 8 || !slices.Equal(seen, sorted) || len(slices.Compact(sorted)) != 8 {
			t.Errorf("%d pages, %d events: %v", pages, len(seen), seen)
		}
	})
}

func TestActivity_NamesTheParameterItRefuses(t *testing.T) {
	server := harness.Start(t)
	ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
	for query, field := range map[string]string{
		"?limit=0": "limit", "?limit=101": "limit", "?limit=x": "limit", "?limit=1&limit=2": "limit", "?limit=": "limit", "?limit=9223372036854775808": "limit",
		"?before=x": "before", "?before=1%20OR%201=1": "before", "?before=01890A5D-AC96-774B-BCCE-B302099A8057": "before", "?limit=%zz": "query",
	} {
		answer := ada.Get(harness.ActivityPath+query).Want(t, http.StatusBadRequest, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{field}) {
			t.Errorf("%s: %v, want %s", query, answer.Fields(), field)
		}
	}
	others := pageOf(t, eve, "").Activity[0].ID
	for _, one := range pageOf(t, ada, "?before="+others).Activity {
		if one.ID == others {
			t.Error("Ada sees what Eve did")
		}
	}
}

func TestActivity_IsKeptForAsLongAsItIsSet(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		server.SignUp(t, "ada")
		server.Clock.Advance(24 * time.Hour)
		ada := server.SignIn(t, "ada")
		if err := server.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ada.Activity(); !slices.Equal(got, []string{"login_succeeded", "registered"}) {
			t.Errorf("after a day: %v", got)
		}
		server.Clock.Advance(time.Hour) // the lease of the first sweep is over
		if err := server.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ada.Copy().Activity(); !slices.Equal(got, []string{"login_succeeded"}) {
			t.Errorf("after a day and an hour: %v", got)
		}
	}, "ACTIVITY_RETENTION=1d", "ACCESS_TOKEN_EXPIRY=3d")
}
