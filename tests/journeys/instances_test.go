package journeys

import (
	"testing"

	"sallyport/tests/harness"
)

// twoInstances starts the program twice on one PostgreSQL database, as a load
// balancer would have it.
func twoInstances(t *testing.T) (one, two *harness.Process, database string) {
	t.Helper()
	database = harness.PostgresURL(t)
	start := func() *harness.Process {
		return harness.Built(t).Serve(t, t.TempDir(), "DATABASE_URL="+database,
			"ACCESS_TOKEN_SECRET="+harness.AccessSecret, "REFRESH_TOKEN_SECRET="+harness.RefreshSecret)
	}
	return start(), start(), database
}

func TestInstances_FiftyRefreshesOnTwoRotateOnce(t *testing.T) {
	t.Parallel()
	one, two, database := twoInstances(t)
	token := one.SignUp("ada").Refresh
	for round := range 3 {
		versionBefore, _ := sessionOf(t, database)
		successors := make(chan string, 50)
		harness.Together(harness.Times(cap(successors), func(i int) {
			answer := []*harness.Process{one, two}[i%2].Refresh(token)
			if answer.Status != 200 {
				t.Errorf("%d: %s", answer.Status, answer.Raw)
				return
			}
			successors <- answer.Tokens(t).Refresh
		})...)
		close(successors)
		next := <-successors
		for successor := range successors {
			if successor != next || successor == token {
				t.Fatal("the session has two descendants")
			}
		}
		if version, retired := sessionOf(t, database); version != versionBefore+1 || retired != round+1 {
			t.Errorf("round %d: %d writes and %d retired tokens", round, version-versionBefore, retired)
		}
		token = next
	}
}

// sessionOf returns how often the sessions of the only user were written, and
// how many retired tokens its only session holds.
func sessionOf(t *testing.T, database string) (version int64, retired int) {
	t.Helper()
	db := harness.OpenSQL(t, "pgx", database)
	const query = `SELECT sessions_version, coalesce(jsonb_array_length(refresh_tokens::jsonb->0->'retired'), 0)
		FROM users WHERE jsonb_array_length(refresh_tokens::jsonb) = 1`
	if err := db.QueryRow(query).Scan(&version, &retired); err != nil {
		t.Fatal(err)
	}
	return version, retired
}

func TestInstances_RevocationOnOneIsRefusedOnTheOther(t *testing.T) {
	t.Parallel()
	one, two, _ := twoInstances(t)
	password := harness.Password
	one.SignUp("ada")
	for name, revoke := range map[string]func(p *harness.Process, acting, victim harness.Tokens) harness.Answer{
		"logout": func(p *harness.Process, _, victim harness.Tokens) harness.Answer {
			return p.ByCookie(harness.LogoutPath, victim)
		},
		"ending a device": func(p *harness.Process, acting, victim harness.Tokens) harness.Answer {
			id := harness.CurrentID(t, p.Send("GET", harness.SessionsPath, victim.Access, "").Sessions(t))
			return p.Send("DELETE", harness.SessionsPath+"/"+id, acting.Access, "")
		},
		"ending the other devices": func(p *harness.Process, acting, _ harness.Tokens) harness.Answer {
			return p.Send("DELETE", harness.SessionsPath, acting.Access, "")
		},
		"a new password": func(p *harness.Process, acting, _ harness.Tokens) harness.Answer {
			from := password
			password = harness.NextPassword
			return p.ChangePassword(acting.Access, from, password)
		},
	} {
		t.Run(name, func(t *testing.T) {
			acting := one.Login("ada", password).Want(t, 200, "").Tokens(t)
			victim := two.Login("ada", password).Want(t, 200, "").Tokens(t)
			for _, p := range []*harness.Process{one, two} {
				p.CurrentUser(victim.Access).Want(t, 200, "") // both have seen it live
			}
			revoke(one, acting, victim).Want(t, 200, "")
			for _, p := range []*harness.Process{two, one} {
				p.WantEnded(victim)
			}
		})
	}
}

func TestInstances_LogoutOnOneWinsOverARefreshOnTheOther(t *testing.T) {
	t.Parallel()
	one, two, _ := twoInstances(t)
	session := one.SignUp("ada")
	for range 20 {
		var answer harness.Answer
		harness.Together(
			func() { one.ByCookie(harness.LogoutPath, session).Want(t, 200, "") },
			func() { answer = two.Refresh(session.Refresh) },
		)
		born := []harness.Tokens{session}
		if answer.Status == 200 {
			born = append(born, answer.Tokens(t))
		}
		for _, tokens := range born {
			for _, p := range []*harness.Process{one, two} {
				p.WantEnded(tokens)
			}
		}
		session = one.SignIn("ada")
	}
}
