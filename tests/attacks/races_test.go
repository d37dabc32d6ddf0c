package attacks

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// crowds are how many clients race at once.
var crowds = []int{2, 5, 20, 50}

// eachCrowd runs a race with every crowd on each database, each time on a
// server of its own.
func eachCrowd(t *testing.T, race func(t *testing.T, server *harness.Server, n int), variables ...string) {
	for _, n := range crowds {
		t.Run(fmt.Sprint(n, " at once"), func(t *testing.T) {
			harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
				race(t, start(append(variables, "MAX_SESSIONS=100")...), n)
			})
		})
	}
}

// together calls f(0) to f(n-1) and also the others, all at the same moment.
func together(n int, f func(i int), others ...func()) {
	var running sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		running.Go(func() { <-begin; f(i) })
	}
	for _, other := range others {
		running.Go(func() { <-begin; other() })
	}
	close(begin)
	running.Wait()
}

// copies are parallel tabs of one device, or thieves of its cookies.
func copies(t *testing.T, c *harness.Client, n int) []*harness.Client {
	t.Helper()
	all := make([]*harness.Client, n)
	for i := range all {
		all[i] = c.Copy(t)
	}
	return all
}

func TestAttack36_ParallelRegistrationsOfOneEmail(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		clients, answers := make([]*harness.Client, n), make([]harness.Answer, n)
		for i := range clients {
			clients[i] = server.Client(t)
		}
		together(n, func(i int) {
			answers[i] = clients[i].Post(registerPath, strings.Replace(harness.Ada, `"ada"`, fmt.Sprintf(`"ada%d"`, i), 1))
		})
		made := 0
		for i, answer := range answers {
			if answer.Status == 201 {
				made++
				wantAlive(t, "the one who registered", clients[i])
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
		ada := adaOn(t, server)
		tabs, answers, before := copies(t, ada, n), make([]harness.Answer, n), row(t, server)
		together(n, func(i int) { answers[i] = tabs[i].Post(refreshPath, "") })
		successor := tabs[0].Cookie("refreshToken")
		for i, tab := range tabs {
			answers[i].Want(t, 200, "")
			if got := tab.Cookie("refreshToken"); got != successor || got == ada.Cookie("refreshToken") {
				t.Fatalf("tab %d has a successor of its own, or none", i)
			}
			tab.Get(currentUser).Want(t, 200, "")
		}
		after := row(t, server)
		session := after.Sessions[0]
		if after.SessionsVersion != before.SessionsVersion+1 || len(after.Sessions) != 1 || len(session.Retired) != 1 || session.Retired[0].TokenID != before.Sessions[0].TokenID {
			t.Errorf("the row was rotated more than once: %+v", after.Sessions)
		}
		if id := genuine(t, successor, harness.RefreshSecret).claims["jti"]; id != session.TokenID {
			t.Errorf("the tabs hold token %v, the row %s", id, session.TokenID)
		}
		wantAlive(t, "a tab", tabs[n-1])
	})
}

func TestAttack38_ReplaysAfterTheGraceTime(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		victim := adaOn(t, server)
		other := loginOn(t, server)
		thieves, answers := copies(t, victim, n), make([]harness.Answer, n)
		victim.Post(refreshPath, "").Want(t, 200, "")
		server.Clock.Advance(10 * time.Second) // exactly the grace time: no longer inside
		wantAlive(t, "before the replay, the other device", other)
		victim.Get(currentUser).Want(t, 200, "")
		together(n, func(i int) { answers[i] = thieves[i].Post(refreshPath, "") })
		noticed := 0
		for i, answer := range answers {
			if answer.Code == "token_reused" {
				noticed++
			} else if answer.Code != "session_ended" {
				t.Errorf("replay %d: %s", i, answer.Raw)
			}
			if answer.Status != 401 || len(answer.Header.Values("Set-Cookie")) != 2 {
				t.Errorf("replay %d: %d, cookies %q: a 401 that clears both is due", i, answer.Status, answer.Header.Values("Set-Cookie"))
			}
		}
		if noticed == 0 || !strings.Contains(server.Log.String(), "refresh_token_reuse") {
			t.Error("the theft was not noticed")
		}
		wantEnded(t, "the victim", victim)
		wantAlive(t, "another device", other)
	})
}

// raceRefreshes lets n tabs refresh against something that ends their session
// and fails when anything of it works afterwards.
func raceRefreshes(t *testing.T, n int, ada *harness.Client, end func()) {
	t.Helper()
	tabs, before := copies(t, ada, n), ada.Copy(t)
	together(n, func(i int) {
		if answer := tabs[i].Post(refreshPath, ""); answer.Status != 200 && answer.Status != 401 {
			t.Errorf("refresh: %s", answer.Raw)
		}
	}, end)
	wantEnded(t, "what was there before", before)
	for _, tab := range tabs {
		wantEnded(t, "what a refresh gave", tab)
	}
}

func TestAttack39_RefreshAgainstLogout(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := adaOn(t, server)
		other, leaving := loginOn(t, server), ada.Copy(t)
		raceRefreshes(t, n, ada, func() { leaving.Post(logoutPath, "").Want(t, 200, "") })
		wantAlive(t, "another device", other)
	})
}

func TestAttack39_RefreshAgainstPasswordChange(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := adaOn(t, server)
		changing := loginOn(t, server)
		raceRefreshes(t, n, ada, func() {
			changing.Post(changePath, object(t, "oldPassword", password, "newPassword", "engine-no-2-plan")).Want(t, 200, "")
		})
		wantAlive(t, "the device that changed it", changing)
	})
}

// An operator disables and deletes in the database: a server that remembers
// users would see it SESSION_CACHE_TTL later.
func TestAttack39_RefreshAgainstDisableAndDelete(t *testing.T) {
	for _, statement := range []string{"UPDATE users SET disabled_at = created_at", "DELETE FROM users"} {
		t.Run(strings.Fields(statement)[0], func(t *testing.T) {
			eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
				ada, db := adaOn(t, server), database(t, server)
				raceRefreshes(t, n, ada, func() {
					if _, err := db.ExecContext(t.Context(), statement); err != nil {
						t.Error(err)
					}
				})
				server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, 401, "invalid_credentials")
			}, "SESSION_CACHE_TTL=0")
		})
	}
}

func TestAttack40_ParallelPasswordChangesWithOneOldPassword(t *testing.T) {
	next := func(i int) string { return fmt.Sprintf("engine-rival-%d-plan", i) }
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		adaOn(t, server)
		rivals, answers := make([]*harness.Client, n), make([]harness.Answer, n)
		for i := range rivals {
			rivals[i] = loginOn(t, server)
		}
		together(n, func(i int) {
			answers[i] = rivals[i].Post(changePath, object(t, "oldPassword", password, "newPassword", next(i)))
		})
		winners := 0
		for i, answer := range answers {
			login := server.Client(t).Post(loginPath, object(t, "email", "ada@example.com", "password", next(i)))
			if answer.Status == 200 {
				winners++
				wantAlive(t, "the winner", rivals[i])
				login.Want(t, 200, "")
				continue
			}
			answer.Want(t, 401, "session_ended")
			wantEnded(t, "a loser", rivals[i])
			login.Want(t, 401, "invalid_credentials")
		}
		if winners != 1 {
			t.Errorf("%d changes succeeded", winners)
		}
		server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, 401, "invalid_credentials")
	})
}

func TestAttack41_LoginsWithTheOldPasswordAgainstItsChange(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := adaOn(t, server)
		intruders, answers := make([]*harness.Client, n), make([]harness.Answer, n)
		for i := range intruders {
			intruders[i] = server.Client(t)
		}
		together(n, func(i int) { answers[i] = intruders[i].Post(loginPath, harness.AdaLogin) },
			func() {
				ada.Post(changePath, object(t, "oldPassword", password, "newPassword", "engine-no-2-plan")).Want(t, 200, "")
			})
		for i, answer := range answers {
			if answer.Status == 200 { // came before the change
				wantEnded(t, "a session of the old password", intruders[i])
				continue
			}
			answer.Want(t, 401, "invalid_credentials")
		}
		if n := len(row(t, server).Sessions); n != 1 {
			t.Errorf("%d sessions survive the change, want the one that made it", n)
		}
		wantAlive(t, "the device that changed it", ada)
	})
}
