package journeys

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/admin"
	"sallyport/models"
	"sallyport/tests/harness"
)

// eventsPage is one answer of the list of everybody's events.
type eventsPage struct {
	Events []struct{ ID, Event, At, UserID, Username, By, ActorID, ActorUsername, Device, UserAgent, IP string }
	Next   string
}

func eventsOf(t *testing.T, root *harness.Client, query string) (p eventsPage) {
	t.Helper()
	root.Get(harness.AdminPath+"/events"+query).Want(t, http.StatusOK, "").Decode(t, &p)
	return p
}

// told is the list in short: event, whose, and by whom.
func (p eventsPage) told() []string {
	told := []string{}
	for _, e := range p.Events {
		told = append(told, strings.TrimSpace(strings.Join([]string{e.Event, e.Username, e.By, e.ActorUsername}, " ")))
	}
	return told
}

func TestAdminEvents_SayWhoDidWhatToWhom(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.SignUp(t, "root")
		root.Header.Set("User-Agent", "curl/8.5.0")
		step := func() { server.Clock.Advance(time.Second) }
		step()
		server.SetRole(t, "root", models.RoleAdmin)
		step()
		ada := server.SignUp(t, "ada")
		step()
		root.AsAdmin(http.MethodDelete, "ada", "/sessions/"+ada.SessionID()).Want(t, http.StatusOK, "")
		step()
		ada = server.SignIn(t, "ada")
		start := server.Clock.Now()
		step()
		root.AsAdminSetRole("ada", models.RoleAdmin).Want(t, http.StatusOK, "")
		step()
		ada.AsAdminSetRole("root", models.RoleUser).Want(t, http.StatusOK, "")
		adaID, rootID := server.User(t, "ada").ID.String(), server.User(t, "root").ID.String()
		all := []string{
			"demoted_by_admin root admin ada", "promoted_by_admin ada admin root", "login_succeeded ada user",
			"session_ended_by_admin ada admin root", "registered ada user", "promoted_by_admin root command", "registered root user",
		}
		at := func(d time.Duration) string { return url.QueryEscape(start.Add(d).Format(time.RFC3339)) }
		for query, want := range map[string][]string{
			"":                         all,
			"?user=" + adaID:           {all[1], all[2], all[3], all[4]},
			"?actor=" + rootID:         {all[1], all[3]},
			"?event=registered":        {all[4], all[6]},
			"?event=promoted_by_admin": {all[1], all[5]},
			"?ip=127.0.0.1":            {all[0], all[1], all[2], all[3], all[4], all[6]},
			"?ip=192.0.2.1":            {},
			"?from=" + at(0):           {all[0], all[1], all[2]},
			"?to=" + at(0):             all[3:],
			"?from=" + at(0) + "&to=" + at(2*time.Second):                          {all[1], all[2]},
			"?user=" + adaID + "&event=login_succeeded&ip=127.0.0.1&from=" + at(0): {all[2]},
		} {
			if diff := cmp.Diff(want, eventsOf(t, ada, query).told()); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
		if one := eventsOf(t, ada, "?actor="+rootID).Events[0]; one.Device != "curl" || one.UserAgent != "curl/8.5.0" || one.IP != "127.0.0.1" {
			t.Errorf("%+v", one)
		}
		if one := eventsOf(t, ada, "?event=promoted_by_admin").Events[1]; one.Device+one.UserAgent+one.IP+one.ActorID != "" {
			t.Errorf("%+v", one)
		}
	})
}

// An address is found in every spelling: firewalls and other logs have their own.
func TestAdminEvents_FindAnAddressInEverySpelling(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, "TRUSTED_PROXIES=127.0.0.1")
	root := server.Administrator(t, "root")
	for _, from := range []string{"2001:db8::1", "192.0.2.7"} {
		ada := server.Client(t)
		ada.Header.Set("X-Forwarded-For", from)
		ada.Login("root", harness.Password).Want(t, http.StatusOK, "")
	}
	for given, want := range map[string]string{
		"2001:db8::1": "2001:db8::1", "2001:DB8::1": "2001:db8::1", "2001:0db8:0:0:0:0:0:0001": "2001:db8::1",
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", " 192.0.2.7 ": "192.0.2.7", "192.0.2": "",
	} {
		found := ""
		for _, event := range eventsOf(t, root, "?ip="+url.QueryEscape(given)).Events {
			found += event.IP
		}
		if found != want {
			t.Errorf("%q finds events from %q, want %q", given, found, want)
		}
	}
}

// Many events have one time here: the id decides.
func TestAdminEvents_PagesMissNothingAndRepeatNothing(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		server.SignUp(t, "ada")
		for range 3 {
			root.AsAdmin(http.MethodPost, "ada", "/disable").Want(t, http.StatusOK, "")
			root.AsAdmin(http.MethodPost, "ada", "/enable").Want(t, http.StatusOK, "")
			server.SignIn(t, "ada")
		}
		want := eventsOf(t, root, "").told()
		var seen []string
		ids := map[string]bool{}
		for p := eventsOf(t, root, "?limit=4"); ; p = eventsOf(t, root, "?limit=4&cursor="+p.Next) {
			server.SignIn(t, "ada")
			for _, e := range p.Events {
				ids[e.ID] = true
			}
			if seen = append(seen, p.told()...); p.Next == "" {
				break
			}
		}
		if diff := cmp.Diff(want, seen); diff != "" || len(ids) != len(seen) || len(seen) != 12 {
			t.Errorf("%d events with %d ids: %s", len(seen), len(ids), diff)
		}
	})
}

// What a spreadsheet would calculate begins with an apostrophe.
func TestAdminEvents_ATableWithoutFormulas(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	root := server.Administrator(t, "root")
	bad := []string{"=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "a,\"b\"", "a;=1", "a; \"=1", "a; b-c"}
	for _, agent := range bad {
		c := server.Client(t)
		c.Header.Set("User-Agent", agent)
		c.Login("root", harness.Password).Want(t, http.StatusOK, "")
	}
	answer := root.Get(harness.AdminPath + "/events.csv?event=login_succeeded")
	rows, err := csv.NewReader(strings.NewReader(answer.Raw)).ReadAll()
	if err != nil || len(rows) != 1+len(bad) || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%v: %s", err, answer.Raw)
	}
	var agents []string
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Errorf("the cell %q", cell)
			}
		}
		agents = append(agents, row[9])
	}
	slices.Sort(agents)
	if want := []string{"'+1", "'-1", "'=1", "'=HYPERLINK(1)", "'@SUM(A1)", `a,"b"`, "a; b-c", `a;' "=1`, "a;'=1", "userAgent"}; !slices.Equal(agents, want) {
		t.Errorf("%q, want %q", agents, want)
	}
}

// A table is longer than a page, and ends where it is full.
func TestAdminEvents_ATableOfManyPages(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		id := server.User(t, "root").ID
		for range 21 {
			rows := make([]models.Activity, 500)
			for i := range rows {
				rows[i] = models.Activity{ID: uuid.New(), UserID: id, Event: "filler", At: server.Clock.Now().UTC().Truncate(time.Microsecond)}
			}
			if err := server.Store.Write(t.Context(), func(tx *gorm.DB) error { return tx.Create(&rows).Error }); err != nil {
				t.Fatal(err)
			}
		}
		answer := root.Get(harness.AdminPath + "/events.csv?event=filler")
		lines := strings.Split(strings.TrimSpace(answer.Raw), "\n")
		slices.Sort(lines)
		if n := len(slices.Compact(lines)); n != 1+10_000 {
			t.Errorf("%d different lines", n)
		}
	})
}

func TestAdminEvents_AreKeptAsLongAsActivity(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		server.Clock.Advance(24 * time.Hour)
		if _, err := server.Admin.EndSessions(t.Context(), admin.Actor{}, server.User(t, "root").ID); err != nil {
			t.Fatal(err)
		}
		root.Login("root", harness.Password).Want(t, http.StatusOK, "")
		server.Clock.Advance(90*24*time.Hour - time.Minute)
		root.Login("root", harness.Password).Want(t, http.StatusOK, "")
		if err := server.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{"login_succeeded root user", "login_succeeded root user", "sessions_ended_by_admin root command"}
		if diff := cmp.Diff(want, eventsOf(t, root, "").told()); diff != "" {
			t.Error(diff)
		}
	})
}
