package password

import (
	"context"
	"strings"
	"testing"
)

// about is what the site and its user are called.
var about = []string{"sallyport", "auth", "example", "com", "ada.lovelace", "ada@example.com", "Ada Lovelace"}

func TestWeakness_SaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ why, password, reason string }{
		{"common", "password", "most common"},
		{"common, in capitals", "PASSWORD", "most common"},
		{"common, in disguise", "P@ssw0rd", "most common"},
		{"common, with a digit more", "password7", "like one of the most common"},
		{"a word", "university", "common"},
		{"a name", "christopher1", "common"},
		{"a keyboard row", "zxcvbnm,./", "keyboard"},
		{"one letter", "aaaaaaaaaaaa", "repeats"},
		{"one letter, 256 times", strings.Repeat("a", 256), "repeats"},
		{"a word, 32 times", strings.Repeat("password", 32), "repeats"},
		{"a sequence", "abcdefghijkl", "sequence"},
		{"a birthday", "24.12.1987", "date"},
		{"the product", "sallyport", "this site"},
		{"the product, in disguise", "S4llyp0rt!", "this site"},
		{"the username", "ada.lovelace", "your name"},
		{"the username and a year", "adalovelace1815", "your name"},
		{"the same with hyphens", "ada-lovelace-1815", "your name"},
		{"the name backwards", "ecalevol.ada", "your name"},
		{"name and product", "AdaLovelaceSallyport", "your name"},
		{"the email", "ada@example.com", "your email"},
		{"the host", "auth.example.com", "this site"},
		{"eight characters of no meaning", "x8Kq#2vT", "too short"},
	} {
		if got := Weakness(tt.password, about); !strings.Contains(got, tt.reason) || got == "" {
			t.Errorf("%s: %.30q: %q, want %q in it", tt.why, tt.password, got, tt.reason)
		}
	}
}

func TestWeakness_AcceptsWhatIsHardToGuess(t *testing.T) {
	for why, password := range map[string]string{
		"a long lowercase passphrase":      "the lazy fox jumped over nine wooden gates",
		"four words":                       "correct horse battery staple",
		"nine random characters":           "x8Kq#2vTn",
		"another script":                   "мой кот любит молоко",
		"emoji":                            "😀🐶🍎🚗🎉⚽🎲🌍🔑🧵",
		"64 emoji":                         strings.Repeat("😀🐶🍎🚗🎉⚽🎲🌍", 8),
		"a name in the middle of much":     "my-engine-lovelace-runs-on-steam",
		"strong after 100 weak characters": strings.Repeat("a", 100) + "the lazy fox jumped over nine gates",
		"strong in the last window only":   strings.Repeat("a", 224) + "the lazy fox jumped over 9 gates",
	} {
		if got := Weakness(password, about); got != "" {
			t.Errorf("%s: %.40q: %q", why, password, got)
		}
	}
}

func TestJudge_WaitsInTheQueueOfTheHashes(t *testing.T) {
	h := hasher(t, cheap)
	if weakness, err := h.Judge(t.Context(), "password", nil); weakness == "" || err != nil {
		t.Errorf("%q, %v", weakness, err)
	}
	h.waiting.Store(h.limit)
	if _, err := h.Judge(t.Context(), "password", nil); err != ErrBusy {
		t.Errorf("full queue: %v", err)
	}
	h.waiting.Store(0)
	if err := h.slots.Acquire(t.Context(), h.limit/(queuePerSlot+1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Judge(ctx, "password", nil); err != context.Canceled {
		t.Errorf("it did not wait for a slot: %v", err)
	}
}

// What zxcvbn does not expect must not stop the program: it counts bytes in
// some places and characters in others.
func FuzzWeakness(f *testing.F) {
	for _, seed := range []string{"", "é", "aé1é1é1", "\xff\xfe", "日本0日本0", "4@3$1!0", "2011.12.24", "a\u0301a\u0301", "🔑🔑🔑1🔑🔑"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, password, word string) {
		if len(password) > 1024 || len(word) > 256 {
			return
		}
		Weakness(password, []string{word})
	})
}
