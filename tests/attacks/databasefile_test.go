package attacks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// lost are the ways in which a SQLite file goes away under the program. back
// undoes it; nil: only a restart helps.
var lost = []struct {
	name       string
	take, back func(t *testing.T, data string)
}{
	{"moved away", move("sallyport.db", "elsewhere.db"), move("elsewhere.db", "sallyport.db")},
	{"its folder moved away", func(t *testing.T, data string) { rename(t, data, data+".old") }, func(t *testing.T, data string) { rename(t, data+".old", data) }},
	{"deleted", remove("sallyport.db"), nil},
	{"replaced by a backup", func(t *testing.T, data string) {
		copyDatabase(t, data, "backup.db")
		rename(t, filepath.Join(data, "backup.db"), filepath.Join(data, "sallyport.db"))
	}, nil},
	{"replaced, and put back", func(t *testing.T, data string) {
		copyDatabase(t, data, "backup.db")
		move("sallyport.db", "first.db")(t, data)
		move("backup.db", "sallyport.db")(t, data)
	}, move("first.db", "sallyport.db")},
	{"its WAL deleted", remove("sallyport.db-wal"), nil},
	{"its shared memory deleted", remove("sallyport.db-shm"), nil},
	{"emptied", func(t *testing.T, data string) {
		if err := os.Truncate(filepath.Join(data, "sallyport.db"), 0); err != nil {
			t.Fatal(err)
		}
	}, nil},
}

func TestAttack57_NoWriteIsAnsweredIntoAFileThatIsGone(t *testing.T) {
	t.Parallel()
	for _, loss := range lost {
		t.Run(loss.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			data := filepath.Join(dir, "data")
			p := harness.Built(t).Serve(t, dir, "SESSION_CACHE_TTL=1s")
			session := p.SignUp("ada")
			p.CurrentUser(session.Access).Want(t, 200, "")
			loss.take(t, data)
			p.Send("GET", "/readyz", "", "").Want(t, 503, "not_ready")
			p.Send("GET", "/healthz", "", "").Want(t, 200, "")
			harness.Together(harness.Times(8, func(i int) {
				p.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration(fmt.Sprintf("user%d", i)))).Want(t, 503, "unavailable")
				p.Refresh(session.Refresh).Want(t, 503, "unavailable")
				p.ByCookie(harness.LogoutPath, session).Want(t, 503, "unavailable")
			})...)
			harness.Await(t, func() error { // a session is honoured from memory for SESSION_CACHE_TTL
				if answer := p.CurrentUser(session.Access); answer.Status != 503 {
					return fmt.Errorf("honoured: %s", answer.Raw)
				}
				return nil
			})
			if _, err := os.Stat(filepath.Join(data, "sallyport.db")); loss.name == "deleted" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it made another file: %v", err)
			}
			if loss.back == nil {
				return
			}
			loss.back(t, data)
			p.Send("GET", "/readyz", "", "").Want(t, 200, "")
			p.CurrentUser(session.Access).Want(t, 200, "")
			p.Refresh(session.Refresh).Want(t, 200, "")
			p.SignUp("user1") // none of those that were answered 503
		})
	}
}

// TestAttack57_EveryAnsweredSignUpIsInTheFile replaces the file again and again
// under load: an account that was answered is in the file that was there first
// or was not answered.
func TestAttack57_EveryAnsweredSignUpIsInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	p := harness.Built(t).Serve(t, dir)
	p.SignUp("ada")
	copyDatabase(t, data, "backup.db")
	var answered []string
	var kept, refused atomic.Int32 // until both have happened the race goes on
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			name := fmt.Sprintf("user%d", i)
			switch answer := p.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration(name))); answer.Status {
			case 201:
				answered = append(answered, name)
				kept.Add(1)
			case 503:
				refused.Add(1)
			default:
				t.Errorf("%d: %s", answer.Status, answer.Raw)
			}
		}
	}()
	for rounds, began := 0, time.Now(); (rounds < 20 || kept.Load() == 0 || refused.Load() == 0) && time.Since(began) < 30*time.Second; rounds++ {
		move("sallyport.db", "first.db")(t, data)
		move("backup.db", "sallyport.db")(t, data)
		p.Send("GET", "/readyz", "", "").Want(t, 503, "not_ready")
		move("sallyport.db", "backup.db")(t, data)
		move("first.db", "sallyport.db")(t, data)
		p.Send("GET", "/readyz", "", "").Want(t, 200, "")
	}
	close(stop)
	<-done
	p.Send("GET", "/readyz", "", "").Want(t, 200, "")
	for _, name := range answered {
		p.SignIn(name)
	}
	if kept.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d answered and %d refused: the race did not happen", kept.Load(), refused.Load())
	}
}

// After a restart the program works with the file that is there.
func TestAttack57_ARestartTakesTheFileThatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	p := harness.Built(t).Serve(t, dir)
	ada := p.SignUp("ada")
	copyDatabase(t, data, "backup.db")
	p.SignUp("grace")
	move("backup.db", "sallyport.db")(t, data)
	p.Send("GET", "/readyz", "", "").Want(t, 503, "not_ready")
	p.Stop(os.Interrupt)
	p = harness.Built(t).Serve(t, dir)
	p.Refresh(ada.Refresh).Want(t, 200, "")
	p.Login("grace", harness.Password).Want(t, 401, "invalid_credentials")
	p.SignUp("grace")
}

func move(from, to string) func(t *testing.T, data string) {
	return func(t *testing.T, data string) {
		t.Helper()
		rename(t, filepath.Join(data, from), filepath.Join(data, to))
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func remove(name string) func(t *testing.T, data string) {
	return func(t *testing.T, data string) {
		t.Helper()
		if err := os.Remove(filepath.Join(data, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// copyDatabase makes a consistent copy of a running server's database.
func copyDatabase(t *testing.T, data, name string) {
	t.Helper()
	db := harness.OpenSQL(t, "sqlite", filepath.Join(data, "sallyport.db"))
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?", filepath.Join(data, name)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
