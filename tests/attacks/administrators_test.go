package attacks

import (
	"fmt"
	"net/http"
	"testing"

	"sallyport/models"
	"sallyport/tests/harness"
)

// duelStatements are those of an administrator's change that read: who asks, twice,
// and whom it is done to. The write comes behind them.
var duelStatements = []int{1, 2, 3}

// Two administrators do it to each other. Whoever is written first wins, and the
// other one acts no more: not even by a request that was let through before.
func TestAdministrators_OneOfTwoWhoActOnEachOtherLoses(t *testing.T) {
	for name, act := range map[string]func(by *harness.Client, on string) harness.Answer{
		"disable": func(by *harness.Client, on string) harness.Answer { return by.AsAdmin(http.MethodPost, on, "/disable") },
		"demote":  func(by *harness.Client, on string) harness.Answer { return by.AsAdminSetRole(on, models.RoleUser) },
		"delete":  func(by *harness.Client, on string) harness.Answer { return by.AsAdmin(http.MethodDelete, on, "") },
		"end sessions": func(by *harness.Client, on string) harness.Answer {
			return by.AsAdmin(http.MethodDelete, on, "/sessions")
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
				statements := server.Statements(t)
				server.Administrator(t, "root") // so that nobody is the last one
				for _, after := range duelStatements {
					slow, quick := fmt.Sprint("slow", after), fmt.Sprint("quick", after)
					loser, winner := server.Administrator(t, slow), server.Administrator(t, quick)
					var late harness.Answer
					statements.During(t, func() { late = act(loser, quick) }, after, func() { act(winner, slow).Want(t, http.StatusOK, "") })
					if late.Code != "forbidden" && late.Code != "session_ended" {
						t.Errorf("behind statement %d: %s", after, late.Raw)
					}
					winner.WantAlive()
					if !server.User(t, quick).Administers() {
						t.Errorf("behind statement %d: the winner lost the role", after)
					}
				}
			}, "SESSION_CACHE_TTL=0")
		})
	}
}
