// Package crash kills the program with SIGKILL under load, again and again on
// the same data, and checks after each restart that it kept what it answered.
package crash

import (
	"database/sql"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // database driver "sqlite"

	"sallyport/tests/harness"
)

var (
	kills = flag.Int("crash.kills", 20, "how often the program is killed on SQLite; a tenth of it on PostgreSQL")
	seed  = flag.Uint64("crash.seed", uint64(time.Now().UnixNano()), "seed of the random choices; the schedule of the goroutines is not in it")
)

const (
	users      = 4
	devices    = 3   // of each user, each with a goroutine of its own
	maxAnswers = 100 // of one run; it is killed after a random number of them
	maxQuota   = 20  // things one device does in one run
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

func TestCrash_SQLiteKeepsWhatWasAnswered(t *testing.T) {
	dir := t.TempDir()
	survive(t, *kills, dir, func() { checkIntegrity(t, filepath.Join(dir, "data", "sallyport.db")) })
}

func TestCrash_PostgresKeepsWhatWasAnswered(t *testing.T) {
	url := harness.PostgresURL(t)
	survive(t, max(1, *kills/10), t.TempDir(), func() {}, "DATABASE_URL="+url)
}

// TestCrash_AFirstStartCanBeCutOff kills the program while it makes its
// secrets and its tables.
func TestCrash_AFirstStartCanBeCutOff(t *testing.T) {
	t.Logf("-crash.seed=%d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	binary := harness.Built(t)
	for range max(1, *kills/5) {
		dir := t.TempDir()
		first := binary.Begin(t, dir, nil, "PORT=0")
		pause := time.Duration(random.Int64N(int64(50 * time.Millisecond)))
		for first.Alive() && !exists(filepath.Join(dir, "data")) {
			time.Sleep(time.Millisecond) // another process: there is no clock to inject
		}
		time.Sleep(pause)
		first.Kill()
		p := binary.Serve(t, dir)
		access := p.SignUp("ada").Access
		p.Kill()
		p = binary.Serve(t, dir) // with the same secrets
		p.CurrentUser(access).Want(t, 200, "")
		checkIntegrity(t, filepath.Join(dir, "data", "sallyport.db"))
		p.Kill()
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// survive kills the program this often. check looks at the database after each
// restart, before the first request.
func survive(t *testing.T, times int, dir string, check func(), variables ...string) {
	t.Logf("go test ./tests/crash -crash.kills=%d -crash.seed=%d", *kills, *seed)
	// The grace time is over when the program is up again, so that a refresh whose
	// answer was cut off can only be tried again because nobody has used the
	// successor. No session is evicted.
	variables = append(variables, "LOG_LEVEL=warn", "REFRESH_GRACE=1ms", "MAX_SESSIONS=100")
	binary, w := harness.Built(t), newWorld(t)
	restarts := time.Duration(0)
	for run := range times + 1 {
		began := time.Now()
		w.program = binary.Serve(t, dir, variables...)
		w.program.HTTP = http.DefaultClient
		restarts += time.Since(began)
		if run == 0 {
			w.register()
		}
		check()
		w.verify()
		if run == times || t.Failed() {
			break
		}
		w.loadUntilKilled(rand.New(rand.NewPCG(*seed, uint64(run))))
	}
	w.verifyEnded()
	t.Logf("%d kills, %v for a start on average: %s", times, (restarts / time.Duration(times+1)).Round(time.Millisecond), &w.counts)
	w.counts.wantAll(t, times)
}

// checkIntegrity looks into the file while the program has it open.
func checkIntegrity(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		"PRAGMA integrity_check":                                                    "ok",
		"SELECT count(*) FROM pragma_foreign_key_check":                             "0",
		"SELECT count(*) FROM users WHERE NOT json_valid(refresh_tokens)":           "0",
		"SELECT count(*) FROM users WHERE json_type(refresh_tokens) IS NOT 'array'": "0",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, want %q: %v", query, got, want, err)
		}
	}
}
