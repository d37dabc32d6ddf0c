package cluster

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// breakage is what is wrong while something is revoked at the first instance.
type breakage struct {
	name          string
	begin, repair func(c *harness.Cluster)
	killed        bool // the first instance is, as soon as it has answered
}

var breakages = []breakage{
	{"nothing is wrong", whole, whole, false},
	{"the first instance is cut from Redis",
		func(c *harness.Cluster) { c.Instances[0].ToRedis.Drop() },
		func(c *harness.Cluster) { c.Instances[0].ToRedis.Pass() }, false},
	{"the second is cut from Redis",
		func(c *harness.Cluster) { c.Instances[1].ToRedis.Drop() },
		func(c *harness.Cluster) { c.Instances[1].ToRedis.Pass() }, false},
	{"Redis is killed",
		func(c *harness.Cluster) { c.Redis.Stop() },
		func(c *harness.Cluster) { c.Redis.Start() }, false},
	{"Redis answers nothing",
		func(c *harness.Cluster) { c.Redis.HangFor(bound + time.Second) }, whole, false},
	{"the first is cut from Redis, the second from PostgreSQL",
		func(c *harness.Cluster) { c.Instances[0].ToRedis.Drop(); c.Instances[1].ToPostgres.Drop() },
		func(c *harness.Cluster) { c.Instances[0].ToRedis.Pass(); c.Instances[1].ToPostgres.Pass() }, false},
	{"the first instance is killed as soon as it has answered", whole,
		func(c *harness.Cluster) { c.Instances[0].Start() }, true},
}

func whole(*harness.Cluster) {}

// TestRevocation_IsInEffectEverywhereWithinTwoSeconds ends a session and disables
// another user at one instance. The others remember both, and must not go by it for
// longer than two seconds after the answer.
func TestRevocation_IsInEffectEverywhereWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	c := harness.StartCluster(t, instances)
	db := harness.OpenSQL(t, "pgx", c.URL)
	for i, b := range breakages {
		t.Run(b.name, func(t *testing.T) {
			first := c.Instances[0].API()
			victims := []harness.Tokens{first.SignUp(fmt.Sprintf("ada%d", i)), first.SignUp(fmt.Sprintf("eve%d", i))}
			awaitRemembered(t, c, db, victims)
			root := administrator(t, c, db, fmt.Sprintf("root%d", i))
			owner := first.SignIn(fmt.Sprintf("ada%d", i))
			awaitRemembered(t, c, db, victims)

			b.begin(c)
			first.Send(http.MethodDelete, harness.SessionsPath, owner.Access, "").Want(t, http.StatusOK, "")
			ended := time.Now()
			first.Send(http.MethodPost, "/api/v1/admin/users/"+userOf(t, victims[1])+"/disable", root.Access, "").Want(t, http.StatusOK, "")
			disabled := time.Now()
			if b.killed {
				c.Instances[0].Kill()
			}
			wantRefused(t, c.Instances[1:], victims, []time.Time{ended, disabled})
			b.repair(c)
		})
	}
}

// awaitRemembered waits until the instances but for the first answer from memory.
func awaitRemembered(t *testing.T, c *harness.Cluster, db *sql.DB, victims []harness.Tokens) {
	t.Helper()
	for n, i := range c.Instances[1:] {
		for _, v := range victims {
			harness.Await(t, func() error {
				i.API().CurrentUser(v.Access).Want(t, http.StatusOK, "")
				name := fmt.Sprintf("Ada %d", time.Now().UnixNano())
				if _, err := db.ExecContext(t.Context(), "UPDATE users SET full_name = $1 WHERE id = $2", name, userOf(t, v)); err != nil {
					return err
				}
				if strings.Contains(i.API().CurrentUser(v.Access).Raw, name) {
					return fmt.Errorf("instance %d reads the row for each request: %s", n+2, i.Log())
				}
				return nil
			})
		}
	}
}

// administrator returns an administrator's tokens.
func administrator(t *testing.T, c *harness.Cluster, db *sql.DB, name string) harness.Tokens {
	t.Helper()
	tokens := c.Instances[0].API().SignUp(name)
	if _, err := db.ExecContext(t.Context(), "UPDATE users SET role = 'admin' WHERE username = $1", name); err != nil {
		t.Fatal(err)
	}
	return tokens
}

func userOf(t *testing.T, tokens harness.Tokens) string {
	t.Helper()
	_, claims, err := harness.DecodeJWT(tokens.Refresh)
	id, _ := claims["sub"].(string)
	if err != nil || id == "" {
		t.Fatalf("no user in the token: %v", err)
	}
	return id
}

// wantRefused presents each access token to each instance until it is refused.
func wantRefused(t *testing.T, others []*harness.Instance, victims []harness.Tokens, ended []time.Time) {
	t.Helper()
	var group sync.WaitGroup
	slowest := make([]time.Duration, len(others)*len(victims))
	for n, i := range others {
		for m, v := range victims {
			group.Go(func() { slowest[n*len(victims)+m] = lastTaken(t, i, v.Access, ended[m]) })
		}
	}
	group.Wait()
	for _, late := range slowest {
		if late > bound {
			t.Errorf("what was ended works %v after the answer", late)
		}
	}
	t.Logf("the last requests that were taken began %v after the answer", slowest)
}

// lastTaken returns how long after the end of its session the token was taken for the
// last time, 0 where it never was.
func lastTaken(t *testing.T, i *harness.Instance, access string, ended time.Time) (late time.Duration) {
	harness.Await(t, func() error {
		began := time.Now()
		answer, err := i.API().Try(http.DefaultClient, http.MethodGet, harness.CurrentUserPath, access, "")
		switch {
		case err != nil:
			return err
		case answer.Status == http.StatusUnauthorized, time.Since(ended) > 2*bound && answer.Status >= 500: // it says nothing for want of a database
			return nil
		case answer.Status == http.StatusOK:
			late = began.Sub(ended)
		}
		return fmt.Errorf("the answer still is %d", answer.Status)
	})
	return late
}
