package journeys

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// The forms in which proxies write an address: middleware has all of them.
func TestClientAddress_IsShownAsItIsWhateverTheProxyWrites(t *testing.T) {
	t.Parallel()
	for _, trusted := range []string{"127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.0/104"} {
		server := harness.Start(t, "TRUSTED_PROXIES="+trusted)
		server.SignUp(t, "ada")
		for forwarded, want := range map[string]string{
			"203.0.113.9": "203.0.113.9", "203.0.113.9:5678": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9",
			`"[2001:db8::1]:443"`: "2001:db8::1", "198.51.100.1, [2001:db8::1]": "2001:db8::1", "unknown": "127.0.0.1",
		} {
			device := server.SignIn(t, "ada", "X-Forwarded-For", forwarded)
			for _, session := range device.Sessions() {
				if session.Current && session.IP != want {
					t.Errorf("TRUSTED_PROXIES=%s: the session of %q has the address %s, want %s", trusted, forwarded, session.IP, want)
				}
			}
			if said := server.Log.String(); !strings.Contains(said, `"ip":"`+want+`"`) || strings.Contains(said, "::ffff:") {
				t.Errorf("TRUSTED_PROXIES=%s: the log does not show %q as %s", trusted, forwarded, want)
			}
		}
		if n := strings.Count(server.Log.String(), "cannot be read"); n != 1 {
			t.Errorf("%d warnings of a header that cannot be read, want 1", n)
		}
	}
}
