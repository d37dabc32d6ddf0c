package journeys

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestProcess_UserUnlockOpensALockedPasswordWhileTheServerRuns(t *testing.T) {
	dir := t.TempDir()
	server := harness.Built(t).Serve(t, dir, "RATE_LIMITS=off")
	adaSignsUp(t, server)
	if said := server.Stderr.String(); !strings.Contains(said, "RATE_LIMITS=off") {
		t.Errorf("it does not say that there are no limits: %s", said)
	}
	login := func(password string) int {
		return server.Send("POST", "/api/v1/auth/login", "", `{"username":"ada","password":"`+password+`"}`).Status
	}
	for range 100 {
		login("engine-no-9-plan")
	}
	if status := login("engine-no-1-plan"); status != 401 {
		t.Fatalf("after 100 wrong passwords the right one answers %d", status)
	}
	nobody := harness.Built(t).Begin(t, dir, []string{"user", "unlock", "nobody"})
	if code, said := nobody.ExitCode(), nobody.Stderr.String(); code != 1 || !strings.Contains(said, `no user has the email or username "nobody"`) {
		t.Errorf("for an unknown name: exit code %d: %s", code, said)
	}
	unlock := harness.Built(t).Begin(t, dir, []string{"user", "unlock", "Ada@Example.com"})
	if code := unlock.ExitCode(); code != 0 {
		t.Fatalf("exit code %d: %s", code, unlock.Stderr.String())
	}
	if said := unlock.Stdout.String(); !strings.Contains(said, "unlocked ada, after 101 wrong passwords") {
		t.Errorf("it says %q", said)
	}
	if status := login("engine-no-1-plan"); status != 200 {
		t.Errorf("after unlocking the right password answers %d", status)
	}
}

func TestProcess_HasItsLimitsUnlessTold(t *testing.T) {
	server := harness.Built(t).Serve(t, t.TempDir(), "RATE_LIMITS=") // as if it were not set
	adaSignsUp(t, server)
	for n := range 6 {
		answer := server.Send("POST", "/api/v1/auth/login", "", `{"username":"ada","password":"engine-no-9-plan"}`)
		if want := []int{401, 401, 401, 401, 401, 429}[n]; answer.Status != want {
			t.Errorf("wrong password %d answers %d, want %d", n+1, answer.Status, want)
		}
	}
}
