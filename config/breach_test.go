package config

import (
	"strings"
	"testing"
)

func TestBreachList_TakesWhatIsPrivateOnItsWay(t *testing.T) {
	for set, want := range map[string]string{
		"":                                      "",
		"https://api.pwnedpasswords.com/range":  "https://api.pwnedpasswords.com/range",
		"https://api.pwnedpasswords.com/range/": "https://api.pwnedpasswords.com/range",
		"https://list.example.com:8443":         "https://list.example.com:8443",
		"http://localhost:8000/range":           "http://localhost:8000/range",
		"http://127.0.0.1:8000":                 "http://127.0.0.1:8000",
		"http://[::1]:8000":                     "http://[::1]:8000",
	} {
		c, err := Load(with(production, "BREACH_LIST_URL="+set), "", false)
		if err != nil || c.BreachListURL != want {
			t.Errorf("%q: %q, want %q: %v", set, c.BreachListURL, want, err)
		}
	}
}

func TestBreachList_RefusesOthersAndSaysWhatIsMeant(t *testing.T) {
	for _, tt := range []struct{ set, wrong string }{
		{"http://api.pwnedpasswords.com/range", "is not https, and its host is not this machine"},
		{"http://localhost.example.com", "is not https, and its host is not this machine"},
		{"http://10.0.0.7/range", "is not https, and its host is not this machine"},
		{"api.pwnedpasswords.com/range", "is not https://host[:port]/path"},
		{"ftp://api.pwnedpasswords.com", "is not https://host[:port]/path"},
		{"https://", "is not https://host[:port]/path"},
		{"https://host:port/range", "is not https://host[:port]/path"},
		{"https://host/%zz", "is not https://host[:port]/path"},
		{"https://host/range?key=hunter2", "has more than scheme, host, port and path"},
		{"https://host/range#x", "has more than scheme, host, port and path"},
		{"https://ada:hunter2@host/range", "has a user name in it"},
	} {
		problems := problemsOf(t, with(production, "BREACH_LIST_URL="+tt.set), "")
		want := Problem{"BREACH_LIST_URL", tt.wrong, "https://api.pwnedpasswords.com/range"}
		if len(problems) != 1 || problems[0] != want || strings.Contains(problems.Error(), "hunter2") {
			t.Errorf("%q: %v, want %q", tt.set, problems, tt.wrong)
		}
	}
}
