package journeys

import (
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// wantUnavailable checks the answer of a server whose database cannot serve:
// it says when to try again and nothing of the cause, and the cookies stay.
func wantUnavailable(t *testing.T, answer harness.Answer) {
	t.Helper()
	if answer.Status != 503 || answer.Code != "unavailable" || answer.Success || answer.Header.Get("Retry-After") != "5" { // seconds: a restart of a database
		t.Errorf("answer %d %q, Retry-After %q: %s", answer.Status, answer.Code, answer.Header.Get("Retry-After"), answer.Raw)
	}
	if answer.Message != "the service is not available at the moment, try again shortly" || len(answer.Errors) != 0 {
		t.Errorf("the answer shows the cause: %s", answer.Raw)
	}
	if cookies := answer.Header.Values("Set-Cookie"); len(cookies) != 0 {
		t.Errorf("a 503 touched the cookies: %q", cookies)
	}
}

// wantCauseInLogOnly checks that the operator learns what the client does not,
// and no secret with it.
func wantCauseInLogOnly(t *testing.T, p *harness.Process, cause string, secrets ...harness.Tokens) {
	t.Helper()
	log := p.Stderr.String()
	if !strings.Contains(log, cause) {
		t.Errorf("the log does not say %q: %s", cause, log)
	}
	for _, tokens := range secrets {
		if strings.Contains(log, harness.Signature(tokens.Access)) || strings.Contains(log, harness.Signature(tokens.Refresh)) {
			t.Error("the log holds a token")
		}
	}
}

// lockSQLite takes the write lock of the child's database, as a backup tool or
// a shell of the operator may.
func lockSQLite(t *testing.T, dir string) (release func()) {
	t.Helper()
	db := harness.OpenSQL(t, "sqlite", filepath.Join(dir, "data", "sallyport.db"))
	db.SetMaxOpenConns(1)
	harness.Await(t, func() error { _, err := db.Exec("BEGIN IMMEDIATE"); return err }) // the program may be writing about its mail
	return func() {
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Error(err)
		}
	}
}

func TestLockedDatabase_WritesWaitForALockThatGoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := harness.Built(t).Serve(t, dir)
	sessions := []harness.Tokens{p.SignUp("ada"), p.SignUp("grace"), p.SignUp("edsger")}
	unlock := lockSQLite(t, dir)
	var released atomic.Bool
	time.AfterFunc(500*time.Millisecond, func() { released.Store(true); unlock() }) // another process: there is no clock to inject
	harness.Together(harness.Times(len(sessions), func(i int) {
		answer := p.Refresh(sessions[i].Refresh)
		if !released.Load() {
			t.Error("answered while the file was locked")
		}
		if answer.Status != 200 {
			t.Errorf("%d: %s", answer.Status, answer.Raw)
		}
	})...)
}

func TestLockedDatabase_AnswersUnavailableAndRecovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := harness.Built(t).Serve(t, dir)
	staying, leaving, changing := p.SignUp("ada"), p.SignUp("grace"), p.SignUp("edsger")
	unlock := lockSQLite(t, dir)
	var wg sync.WaitGroup
	for _, write := range []func() harness.Answer{
		func() harness.Answer { return p.ByCookie(harness.RefreshPath, staying) },
		func() harness.Answer { return p.ByCookie(harness.LogoutPath, leaving) },
		func() harness.Answer {
			return p.ChangePassword(changing.Access, harness.Password, harness.NextPassword)
		},
	} {
		wg.Go(func() { wantUnavailable(t, write()) })
	}
	for _, session := range []harness.Tokens{staying, leaving, changing} {
		p.CurrentUser(session.Access).Want(t, 200, "") // readers do not wait
	}
	wg.Wait()
	unlock()
	wantRecovered(t, p, staying, leaving)
	p.Login("edsger", harness.NextPassword).Want(t, 401, "invalid_credentials")
	p.Refresh(changing.Refresh).Want(t, 200, "")
	wantCauseInLogOnly(t, p, "SQLITE_BUSY", staying, leaving, changing)
}

// wantRecovered checks, after an outage in which neither was answered with
// success, that a refresh and a sign-out work with the same tokens.
func wantRecovered(t *testing.T, p *harness.Process, staying, leaving harness.Tokens) {
	t.Helper()
	next := p.Refresh(staying.Refresh).Want(t, 200, "").Tokens(t)
	p.CurrentUser(next.Access).Want(t, 200, "")
	p.Refresh(next.Refresh).Want(t, 200, "")
	p.CurrentUser(leaving.Access).Want(t, 200, "") // its sign-out was refused, and said so
	p.ByCookie(harness.LogoutPath, leaving).Want(t, 200, "")
	p.WantEnded(leaving)
}

func TestPostgresGone_AnswersUnavailableAndRecovers(t *testing.T) {
	t.Parallel()
	database, url := harness.PostgresServer(t)
	p := harness.Built(t).Serve(t, t.TempDir(), "DATABASE_URL="+url)
	staying, leaving := p.SignUp("ada"), p.SignUp("grace")
	p.Send("GET", "/readyz", "", "").Want(t, 200, "")
	database.Halt()
	for range 2 { // the first finds broken connections, the second none at all
		wantUnavailable(t, p.ByCookie(harness.RefreshPath, staying))
		wantUnavailable(t, p.ByCookie(harness.LogoutPath, leaving))
		wantUnavailable(t, p.CurrentUser(staying.Access)) // fail closed: nobody could see that it was ended
		wantUnavailable(t, p.Login("ada", harness.Password))
		wantUnavailable(t, p.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration("edsger"))))
	}
	p.Send("GET", "/readyz", "", "").Want(t, 503, "not_ready")
	p.Send("GET", "/healthz", "", "").Want(t, 200, "")
	database.Resume(t)
	p.Send("GET", "/readyz", "", "").Want(t, 200, "")
	wantRecovered(t, p, staying, leaving)
	p.SignUp("edsger")
	wantCauseInLogOnly(t, p, "connect", staying, leaving)
}

func TestPostgresRestart_BreaksNoLaterRequest(t *testing.T) {
	t.Parallel()
	database, url := harness.PostgresServer(t)
	p := harness.Built(t).Serve(t, t.TempDir(), "DATABASE_URL="+url)
	session := p.SignUp("ada")
	harness.Together(harness.Times(10, func(int) { // so that the pool holds several connections
		if answer := p.CurrentUser(session.Access); answer.Status != 200 {
			t.Errorf("%d: %s", answer.Status, answer.Raw)
		}
	})...)
	// The driver looks again at a connection that was not used for a second. A
	// request that comes earlier on a broken one is answered 503. The driver is in
	// another process: there is no clock to inject.
	looksAgain := time.Now().Add(1100 * time.Millisecond)
	database.Halt()
	database.Resume(t)
	time.Sleep(time.Until(looksAgain))
	for range 10 {
		session = p.Refresh(session.Refresh).Want(t, 200, "").Tokens(t)
		p.CurrentUser(session.Access).Want(t, 200, "")
	}
}
