package journeys

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	changePath  = "/api/v1/users/change-password"
	oldPassword = "engine-no-1-plan" // of harness.Ada
	newPassword = "engine-no-2-plan"
)

func passwords(from, to string) string {
	return fmt.Sprintf(`{"oldPassword":%q,"newPassword":%q}`, from, to)
}

func loginWith(password string) string {
	return fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, password)
}

func TestChangePassword_EndsAllOthersAndKeepsThisOne(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		ada := signedUp(t, server)
		other := signedIn(t, server, chrome)
		wantAlive(t, other)
		stolen, before := ada.Copy(t), currentID(t, ada)
		server.Clock.Advance(time.Minute)

		answer := ada.Post(changePath, passwords(oldPassword, newPassword)).Want(t, 200, "")
		if answer.Message != "Password changed" || len(answer.Header.Values("Set-Cookie")) != 2 || strings.Contains(answer.Raw, `Token":`) {
			t.Errorf("%s with cookies %q", answer.Raw, answer.Header.Values("Set-Cookie"))
		}
		wantEnded(t, "the other device", other)
		wantEnded(t, "a copy of the present session", stolen)
		wantAlive(t, ada)
		if sessions := list(t, ada); len(sessions) != 1 || sessions[0].ID == before {
			t.Errorf("sessions after the change: %v, want one under a new id", sessions)
		}
		server.Client(t).Post(loginPath, loginWith(oldPassword)).Want(t, 401, "invalid_credentials")
		server.Client(t).Post(loginPath, loginWith(newPassword)).Want(t, 200, "")
	})
}

func TestChangePassword_AnswersAHeaderInTheBody(t *testing.T) {
	server := harness.Start(t)
	signedUp(t, server)
	script := server.Client(t)
	login := script.Post(loginPath, strings.Replace(harness.AdaLogin, "{", `{"transport":"body",`, 1)).Want(t, 200, "")
	script.Header.Set("Authorization", "Bearer "+login.Field(t, "accessToken"))

	answer := script.Post(changePath, passwords(oldPassword, newPassword)).Want(t, 200, "")
	if len(answer.Header.Values("Set-Cookie")) != 0 {
		t.Error("a cookie was set")
	}
	script.Get(currentUser).Want(t, 401, "session_ended")
	script.Header.Set("Authorization", "Bearer "+answer.Field(t, "accessToken"))
	script.Get(currentUser).Want(t, 200, "")
	script.Post(refreshPath, fmt.Sprintf(`{"refreshToken":%q}`, answer.Field(t, "refreshToken"))).Want(t, 200, "")
}

func TestChangePassword_NamesTheFieldItRefuses(t *testing.T) {
	server := harness.Start(t)
	ada := signedUp(t, server)
	for _, row := range []struct{ why, body, code, field string }{
		{"wrong", passwords("engine-no-9-plan", newPassword), "validation_failed", "oldPassword"},
		{"nobody's, over the limit", passwords(strings.Repeat("x", 257), newPassword), "validation_failed", "oldPassword"},
		{"no old one", passwords("", newPassword), "validation_failed", "oldPassword"},
		{"too short", passwords(oldPassword, "short"), "validation_failed", "newPassword"},
		{"too long", passwords(oldPassword, strings.Repeat("x", 257)), "validation_failed", "newPassword"},
		{"common", passwords(oldPassword, "password1234"), "validation_failed", "newPassword"},
		{"her own name", passwords(oldPassword, "ada-lovelace-99"), "validation_failed", "newPassword"},
		{"no new one", passwords(oldPassword, ""), "validation_failed", "newPassword"},
		{"the same", passwords(oldPassword, oldPassword), "validation_failed", "newPassword"},
		{"the same in other bytes", passwords("pa\u00dfwort-\u00e9-1", "pa\u00dfwort-e\u0301-1"), "validation_failed", "newPassword"},
		{"of another type", `{"oldPassword":1,"newPassword":"engine-no-2-plan"}`, "malformed_json", "oldPassword"},
	} {
		answer := ada.Post(changePath, row.body).Want(t, 400, row.code)
		if len(answer.Errors) != 1 || answer.Errors[0].Field != row.field {
			t.Errorf("%s: errors %v, want field %s", row.why, answer.Errors, row.field)
		}
	}
	ada.Send("POST", changePath, "text/plain", passwords(oldPassword, newPassword)).Want(t, 415, "unsupported_media_type")
	server.Client(t).Post(changePath, passwords(oldPassword, newPassword)).Want(t, 401, "missing_token")
	wantAlive(t, ada)
	server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, 200, "")
}

const rounds = 20 // of each race

// eachRound runs a race again and again on each database, every time with a
// password of its own: Ada is signed in on a new device with the password of
// the last round.
func eachRound(t *testing.T, race func(t *testing.T, server *harness.Server, ada *harness.Client, from, to string)) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		signedUp(t, server)
		from := oldPassword
		for i := range rounds {
			to := fmt.Sprintf("engine-round-%d", i)
			ada := server.Client(t)
			ada.Post(loginPath, loginWith(from)).Want(t, 200, "")
			race(t, server, ada, from, to)
			from = to
		}
	})
}

func TestChangePassword_OfTwoWithTheSameOldPasswordOneWins(t *testing.T) {
	eachRound(t, func(t *testing.T, server *harness.Server, ada *harness.Client, from, to string) {
		second := server.Client(t)
		second.Post(loginPath, loginWith(from)).Want(t, 200, "")
		rivals := [2]*harness.Client{ada, second}
		var answers [2]harness.Answer
		var wg sync.WaitGroup
		for i, c := range rivals {
			wg.Go(func() { answers[i] = c.Post(changePath, passwords(from, to)) })
		}
		wg.Wait()
		winner, loser := 0, 1
		if answers[0].Status != 200 {
			winner, loser = 1, 0
		}
		answers[winner].Want(t, 200, "")
		answers[loser].Want(t, 401, "session_ended")
		wantAlive(t, rivals[winner])
		wantEnded(t, "the rival's device", rivals[loser])
	})
}

func TestChangePassword_RaceWithRefreshLeavesNoOldTokenAlive(t *testing.T) {
	eachRound(t, func(t *testing.T, server *harness.Server, ada *harness.Client, from, to string) {
		refreshing, before := ada.Copy(t), ada.Copy(t)
		var refreshed harness.Answer
		var wg sync.WaitGroup
		wg.Go(func() { refreshed = refreshing.Post(refreshPath, "") })
		wg.Go(func() { ada.Post(changePath, passwords(from, to)).Want(t, 200, "") })
		wg.Wait()
		if refreshed.Status == 200 {
			wantEnded(t, "what the refresh gave", refreshing)
		} else {
			refreshed.Want(t, 401, "session_ended")
		}
		wantEnded(t, "what was there before", before)
		wantAlive(t, ada)
	})
}

func TestChangePassword_RaceWithLoginLeavesNoSessionOfTheOldPassword(t *testing.T) {
	eachRound(t, func(t *testing.T, server *harness.Server, ada *harness.Client, from, to string) {
		intruders := make([]*harness.Client, 4)
		answers := make([]harness.Answer, len(intruders))
		var wg sync.WaitGroup
		for i := range intruders {
			intruders[i] = server.Client(t)
			wg.Go(func() { answers[i] = intruders[i].Post(loginPath, loginWith(from)) })
		}
		wg.Go(func() { ada.Post(changePath, passwords(from, to)).Want(t, 200, "") })
		wg.Wait()
		for i, answer := range answers {
			if answer.Status == 200 { // signed in before the change
				wantEnded(t, "a session of the old password", intruders[i])
			} else {
				answer.Want(t, 401, "invalid_credentials")
			}
		}
		if n := len(list(t, ada)); n != 1 {
			t.Fatalf("%d sessions survive the change, want 1", n)
		}
	})
}

func TestChangePassword_RaceWithEndingThePresentSession(t *testing.T) {
	eachRound(t, func(t *testing.T, server *harness.Server, ada *harness.Client, from, to string) {
		owner := server.Client(t)
		owner.Post(loginPath, loginWith(from)).Want(t, 200, "")
		id := currentID(t, ada)
		var changed, removed harness.Answer
		var wg sync.WaitGroup
		wg.Go(func() { changed = ada.Post(changePath, passwords(from, to)) })
		wg.Go(func() { removed = remove(owner, sessionsPath+"/"+id) })
		wg.Wait()
		if changed.Status == 200 { // first, and so the owner's session is gone too
			removed.Want(t, 401, "session_ended")
			wantAlive(t, ada)
			return
		}
		changed.Want(t, 401, "session_ended")
		removed.Want(t, 200, "")
		owner.Post(changePath, passwords(from, to)).Want(t, 200, "") // for the next round
	})
}
