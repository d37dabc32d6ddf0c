package binary

import (
	"fmt"
	"testing"

	"sallyport/tests/harness"
)

// The built program writes the first use of an answer beside the request that
// uses it. From then on the token before it is a replay.
func TestRefresh_TheFirstUseOfAnAnswerIsWritten(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "REFRESH_GRACE=1ms")
	first := p.SignUp("ada")
	next := p.Refresh(first.Refresh).Want(t, 200, "").Tokens(t)
	for range 3 { // each long after the grace window
		if again := p.Refresh(first.Refresh).Want(t, 200, "").Tokens(t); again.Refresh != next.Refresh {
			t.Fatal("another successor")
		}
	}
	p.CurrentUser(next.Access).Want(t, 200, "")
	harness.Await(t, func() error {
		if answer := p.Refresh(first.Refresh); answer.Code != "token_reused" && answer.Code != "session_ended" {
			return fmt.Errorf("the replay is answered %d %s", answer.Status, answer.Code)
		}
		return nil
	})
	p.WantEnded(next)
}
