package attacks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// crowds are how many clients race at once.
var crowds = []int{2, 50}

// eachCrowd runs a race with every crowd on each database, each time on a
// server of its own.
func eachCrowd(t *testing.T, race func(t *testing.T, server *harness.Server, n int), variables ...string) {
	for _, n := range crowds {
		t.Run(fmt.Sprint(n, " at once"), func(t *testing.T) {
			harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) { race(t, server, n) }, append(variables, "MAX_SESSIONS=100")...)
		})
	}
}

func TestAttack36_ParallelRegistrationsOfOneEmail(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		clients, answers := make([]*harness.Client, n), make([]harness.Answer, n)
		for i := range clients {
			clients[i] = server.Client(t)
		}
		harness.Together(harness.Times(n, func(i int) {
			answers[i] = clients[i].Post(harness.RegisterPath, strings.Replace(harness.Registration("ada"), `"ada"`, fmt.Sprintf(`"ada%d"`, i), 1))
		})...)
		made := 0
		for i, answer := range answers {
			if answer.Status == 201 {
				made++
				clients[i].WantAlive()
				continue
			}
			answer.Want(t, 409, "email_taken")
		}
		if made != 1 {
			t.Errorf("%d accounts of one email were made", made)
		}
	})
}

func TestAttack37_ParallelRefreshesOfOneToken(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := server.SignUp(t, "ada")
		tabs, answers, before := ada.Copies(n), make([]harness.Answer, n), server.User(t, "ada")
		harness.Together(harness.Times(n, func(i int) { answers[i] = tabs[i].Refresh() })...)
		successor := tabs[0].Cookie("refreshToken")
		for i, tab := range tabs {
			answers[i].Want(t, 200, "")
			if got := tab.Cookie("refreshToken"); got != successor || got == ada.Cookie("refreshToken") {
				t.Fatalf("tab %d has a successor of its own, or none", i)
			}
		}
		after := server.User(t, "ada")
		session := after.Sessions[0]
		if after.SessionsVersion != before.SessionsVersion+1 || len(after.Sessions) != 1 || len(session.Retired) != 1 || session.Retired[0].TokenID != before.Sessions[0].TokenID {
			t.Errorf("the row was rotated more than once: %+v", after.Sessions)
		}
		if id := genuine(t, successor, harness.RefreshSecret).claims["jti"]; id != session.TokenID {
			t.Errorf("the tabs hold token %v, the row %s", id, session.TokenID)
		}
		for _, tab := range tabs {
			tab.CurrentUser().Want(t, 200, "")
		}
		tabs[n-1].WantAlive()
	})
}

func TestAttack38_ReplaysAfterTheGraceTime(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		victim := server.SignUp(t, "ada")
		other := server.SignIn(t, "ada")
		replays, answers := victim.Copies(n), make([]harness.Answer, n)
		victim.Refresh().Want(t, 200, "")
		server.Clock.Advance(10 * time.Second) // exactly the grace time: no longer inside
		other.WantAlive()                      // before the replay, the other device
		victim.CurrentUser().Want(t, 200, "")
		harness.Together(harness.Times(n, func(i int) { answers[i] = replays[i].Refresh() })...)
		reused := 0
		for i, answer := range answers {
			if answer.Code == "token_reused" {
				reused++
			} else if answer.Code != "session_ended" {
				t.Errorf("replay %d: %s", i, answer.Raw)
			}
			if answer.Status != 401 || len(answer.Cookies()) != 2 {
				t.Errorf("replay %d: %d, cookies %q: want a 401 that clears both", i, answer.Status, answer.Header.Values("Set-Cookie"))
			}
		}
		if reused == 0 || !strings.Contains(server.Log.String(), "refresh_token_reuse") {
			t.Error("no replay was recognised")
		}
		victim.WantEnded()
		other.WantAlive()
	})
}

// raceRefreshes refreshes in n tabs while something ends their session, and
// fails when any of their tokens works afterwards.
func raceRefreshes(t *testing.T, n int, ada *harness.Client, end func()) {
	t.Helper()
	tabs, answers, before := ada.Copies(n), make([]harness.Answer, n), ada.Copy()
	refreshes := harness.Times(n, func(i int) { answers[i] = tabs[i].Refresh() })
	harness.Together(append(refreshes, end)...)
	before.WantEnded()
	for i, answer := range answers {
		if answer.Status == 200 {
			tabs[i].WantEnded()
			continue
		}
		answer.Want(t, 401, "session_ended")
		tabs[i].WantNoTokens()
	}
}

func TestAttack39_RefreshAgainstLogout(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := server.SignUp(t, "ada")
		other, leaving := server.SignIn(t, "ada"), ada.Copy()
		raceRefreshes(t, n, ada, func() { leaving.Logout().Want(t, 200, "") })
		other.WantAlive()
	})
}

func TestAttack39_RefreshAgainstPasswordChange(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := server.SignUp(t, "ada")
		changing := server.SignIn(t, "ada")
		raceRefreshes(t, n, ada, func() {
			changing.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "")
		})
		changing.WantAlive() // the device that changed it
	})
}

func TestAttack39_RefreshAgainstAnAdministrator(t *testing.T) {
	t.Parallel()
	for _, does := range []string{"POST /disable", "DELETE ", "DELETE /sessions"} {
		t.Run(does, func(t *testing.T) {
			eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
				ada, root := server.SignUp(t, "ada"), server.Administrator(t, "root")
				ada.CurrentUser().Want(t, 200, "") // the snapshot is warm
				method, more, _ := strings.Cut(does, " ")
				raceRefreshes(t, n, ada, func() { root.AsAdmin(method, "ada", more).Want(t, 200, "") })
			})
		})
	}
}

// An operator disables and deletes in the database: a server that remembers
// users would see it SESSION_CACHE_TTL later.
func TestAttack39_RefreshAgainstDisableAndDelete(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{"UPDATE users SET disabled_at = created_at", "DELETE FROM users"} {
		t.Run(strings.Fields(statement)[0], func(t *testing.T) {
			eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
				ada, db := server.SignUp(t, "ada"), server.SQL(t)
				raceRefreshes(t, n, ada, func() {
					if _, err := db.ExecContext(t.Context(), statement); err != nil {
						t.Error(err)
					}
				})
				server.Client(t).Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
			}, "SESSION_CACHE_TTL=0")
		})
	}
}

func TestAttack40_ParallelPasswordChangesWithOneOldPassword(t *testing.T) {
	next := func(i int) string { return fmt.Sprintf("engine-rival-%d-plan", i) }
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		server.SignUp(t, "ada")
		rivals, answers := make([]*harness.Client, n), make([]harness.Answer, n)
		for i := range rivals {
			rivals[i] = server.SignIn(t, "ada")
		}
		harness.Together(harness.Times(n, func(i int) {
			answers[i] = rivals[i].ChangePassword(harness.Password, next(i))
		})...)
		winners := 0
		for i, answer := range answers {
			login := server.Client(t).Login("ada", next(i))
			if answer.Status == 200 {
				winners++
				rivals[i].WantAlive()
				login.Want(t, 200, "")
				continue
			}
			answer.Want(t, 401, "session_ended")
			rivals[i].WantEnded()
			login.Want(t, 401, "invalid_credentials")
		}
		if winners != 1 {
			t.Errorf("%d changes succeeded", winners)
		}
		server.Client(t).Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
	})
}

func TestAttack41_LoginsWithTheOldPasswordAgainstItsChange(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := server.SignUp(t, "ada")
		intruders, answers := make([]*harness.Client, n), make([]harness.Answer, n)
		for i := range intruders {
			intruders[i] = server.Client(t)
		}
		logins := harness.Times(n, func(i int) { answers[i] = intruders[i].Login("ada", harness.Password) })
		harness.Together(append(logins, func() { ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "") })...)
		for i, answer := range answers {
			if answer.Status == 200 { // came before the change
				intruders[i].WantEnded() // a session of the old password
				continue
			}
			answer.Want(t, 401, "invalid_credentials")
		}
		if n := len(server.User(t, "ada").Sessions); n != 1 {
			t.Errorf("%d sessions survive the change, want the one that made it", n)
		}
		ada.WantAlive() // the device that changed it
	})
}
