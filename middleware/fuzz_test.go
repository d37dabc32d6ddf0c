package middleware

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzCookies_ReadsOnlyWhatWasSent reads tokens from any Cookie headers.
func FuzzCookies_ReadsOnlyWhatWasSent(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{"accessToken=a; refreshToken=b", "accessToken=c"},
		{"refreshToken=a; x=y; refreshToken=b", "refreshToken=b"},
		{strings.Repeat("accessToken=x; ", 200), strings.Repeat("refreshToken=x; ", 200)},
		{"accessToken=" + strings.Repeat("x", 5<<10), "refreshToken=%zz"},
		{`accessToken="x"; refreshToken="`, `accessToken=a"b; refreshToken=a\b`},
		{"accessToken=\x00; refreshToken=\x1b[31m", "accessToken=a\tb; refreshToken=a,b"},
		{"accessToken; =refreshToken; ;;;", " accessToken = x ; refreshToken= x"},
		{"__Host-accessToken=a; __Secure-refreshToken=b", "ACCESSTOKEN=a"},
		{"accessToken=\xff\xfe", "accessToken=\u202e\u200b"},
	} {
		f.Add(seed[0], seed[1])
	}
	cookies := plainCookies()
	f.Fuzz(func(t *testing.T, first, second string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header["Cookie"] = []string{first, second}
		for name, got := range map[string][]string{"accessToken": cookies.Access(r), "refreshToken": cookies.Refresh(r)} {
			if len(got) > maxCandidates {
				t.Fatalf("%d values of %s", len(got), name)
			}
			if sent := strings.Count(first+";"+second, name); len(got) > sent {
				t.Fatalf("%d values of %s, and %d were sent: %q", len(got), name, sent, got)
			}
			for _, value := range got {
				sent := strings.Contains(first, value) || strings.Contains(second, value)
				if value == "" || !sent || strings.ContainsFunc(value, notInCookie) {
					t.Fatalf("%s is read as %q from %q and %q", name, value, first, second)
				}
			}
		}
	})
}

// notInCookie is what ends a value or has no place in one. Spaces and commas
// are let through: RFC 6265 §5.4 asks servers to be lenient.
func notInCookie(r rune) bool { return r < ' ' || r >= 0x7f || r == ';' || r == '"' || r == '\\' }

// FuzzProxies_NobodyChoosesAnAddress reads the client from any header. What a
// proxy appends is believed, whatever stands before it.
func FuzzProxies_NobodyChoosesAnAddress(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{"203.0.113.9", "10.0.0.2"},
		{"203.0.113.9:5678, [2001:db8::1]:443", `"[2001:db8::1]", 10.0.0.2`},
		{"::ffff:203.0.113.9", "::ffff:10.0.0.2,fe80::1%eth0"},
		{`"`, `"[`}, {"[", "]"}, {`[]`, `""`}, {",,,", " , "},
		{"unknown", "0x7f.1, 127.1, 010.0.0.1"},
		{strings.Repeat("10.0.0.2,", 1000), "\x00\xff"},
	} {
		f.Add(seed[0], seed[1])
	}
	proxies := behind(io.Discard, "10.0.0.0/8")
	f.Fuzz(func(t *testing.T, first, second string) {
		direct := proxies.Client(from("198.51.100.7:1", first, second))
		if direct.String() != "198.51.100.7" {
			t.Fatalf("without a proxy %q, %q is %s", first, second, direct)
		}
		for _, lines := range [][]string{{first, second + ",198.51.100.7:443"}, {first, second, "198.51.100.7"}} {
			if got := proxies.Client(from("10.0.0.1:1", lines...)); got != direct {
				t.Fatalf("%q is %s", lines, got)
			}
		}
		got := proxies.Client(from("10.0.0.1:1", first, second))
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%q, %q is %s", first, second, got)
		}
	})
}
