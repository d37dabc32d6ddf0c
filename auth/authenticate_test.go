package auth

import (
	"testing"
	"time"
)

// What other instances do may be heard no more between the look into memory and the
// answer that a session has ended.
func TestAuthenticate_MemoryThatIsTrustedNoMoreRefusesNobody(t *testing.T) {
	f := newFixture(t)
	heard := func() bool { return true }
	f.options.CacheTTL, f.options.Outside.Heard = time.Minute, func() bool { return heard() }
	here := f.service()
	if _, err := here.Authenticate(t.Context(), []string{f.mustLogin().AccessToken}); err != nil {
		t.Fatal(err)
	}
	signedInElsewhere := f.mustLogin()
	asked := 0
	heard = func() bool { asked++; return asked == 1 }
	if _, err := here.Authenticate(t.Context(), []string{signedInElsewhere.AccessToken}); err != nil {
		t.Error(err)
	}
}
