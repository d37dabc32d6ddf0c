package journeys

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"sallyport/tests/harness"
)

// throughPooler starts the program so often behind one PgBouncer in transaction
// mode, all at the same moment, and with fewer connections behind it than the
// program makes.
func throughPooler(t *testing.T, instances int, parameters string) []*harness.Process {
	t.Helper()
	url := harness.PgBouncer(t, harness.PostgresURL(t), 3) + parameters
	all := make([]*harness.Process, instances)
	dirs := make([]string, instances)
	for i := range dirs {
		dirs[i] = t.TempDir()
	}
	program := harness.Built(t)
	harness.Together(harness.Times(instances, func(i int) {
		all[i] = program.Serve(t, dirs[i], "DATABASE_URL="+url,
			"ACCESS_TOKEN_SECRET="+harness.AccessSecret, "REFRESH_TOKEN_SECRET="+harness.RefreshSecret)
	})...)
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// TestPooler_EverythingWorksUnderLoad would fail at most requests if statements
// were kept prepared: another connection does not know them.
func TestPooler_EverythingWorksUnderLoad(t *testing.T) {
	t.Parallel()
	all := throughPooler(t, 4, "")
	const users = 12
	harness.Together(harness.Times(users, func(i int) {
		p, other, name := all[i%len(all)], all[(i+1)%len(all)], fmt.Sprintf("user%d", i)
		tokens := p.SignUp(name)
		for range 5 {
			tokens = other.Refresh(tokens.Refresh).Want(t, 200, "").Tokens(t)
			p.CurrentUser(tokens.Access).Want(t, 200, "")
		}
		p.Login(name, harness.WrongPassword).Want(t, 401, "invalid_credentials")
		other.Login("nobody"+name, harness.WrongPassword).Want(t, 401, "invalid_credentials")
		again := other.SignIn(name)
		p.ByCookie(harness.LogoutPath, tokens).Want(t, 200, "")
		other.WantEnded(tokens)
		p.ChangePassword(again.Access, harness.Password, harness.NextPassword).Want(t, 200, "")
		other.Login(name, harness.NextPassword).Want(t, 200, "")
	})...)
	for _, p := range all {
		p.Send("GET", "/readyz", "", "").Want(t, 200, "")
		if log := p.Stderr.String(); strings.Contains(log, "SQLSTATE 42P05") || strings.Contains(log, "SQLSTATE 26000") || !strings.Contains(log, "behind a pooler") {
			t.Errorf("%s", log)
		}
	}
}

func TestPooler_FiftyRefreshesRotateOnce(t *testing.T) {
	t.Parallel()
	all := throughPooler(t, 2, "")
	token := all[0].SignUp("ada").Refresh
	for range 3 {
		var next atomic.Pointer[string]
		harness.Together(harness.Times(50, func(i int) {
			answer := all[i%2].Refresh(token)
			if answer.Status != 200 {
				t.Errorf("%d: %s", answer.Status, answer.Raw)
				return
			}
			successor := answer.Tokens(t).Refresh
			if first := &successor; !next.CompareAndSwap(nil, first) && *next.Load() != successor {
				t.Error("the session has two descendants")
			}
		})...)
		token = *next.Load()
	}
}

// What the URL says about statements is not changed.
func TestPooler_TheURLMaySayHowStatementsAreSent(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"exec", "cache_describe", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := throughPooler(t, 1, "?default_query_exec_mode="+mode)[0]
			tokens := p.SignUp("ada")
			p.Refresh(tokens.Refresh).Want(t, 200, "")
			p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
			if strings.Contains(p.Stderr.String(), "behind a pooler") {
				t.Error("it chose for itself")
			}
		})
	}
}

func TestPostgres_WithoutAPoolerStatementsStayPrepared(t *testing.T) {
	t.Parallel()
	url := harness.PostgresURL(t)
	p := harness.Built(t).Serve(t, t.TempDir(), "DATABASE_URL="+url)
	p.Refresh(p.SignUp("ada").Refresh).Want(t, 200, "")
	if log := p.Stderr.String(); strings.Contains(log, "pooler") {
		t.Errorf("it takes PostgreSQL for a pooler: %s", log)
	}
}
