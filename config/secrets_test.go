package config

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestSecrets_GuessableOnesAreRefused(t *testing.T) {
	weak := []string{
		"short",
		strings.Repeat("a", 64),
		strings.Repeat("0123456", 8),
		"abacabadabacabaeabacabadabacabafabacabad", // six letters, no period
		"12345678901234567890123456789012",
		"0123456789abcdef0123456789abcdef0123456789abcdef",
		"change_this_to_a_long_random_value_please",
		"Your-Secret-Key-Change-Me-In-Production-123",
		"thisIsMySuperSecretKeyForTheJWT1234567890",
		"your-access-token-key-goes-right-here",
		"an example of a key which is long enough",
	}
	for _, secret := range weak {
		if weakness(secret) == "" {
			t.Errorf("accepted %q", secret)
		}
	}
}

func TestSecrets_RandomOnesAreAccepted(t *testing.T) {
	good := []string{
		keyA, keyB, keyC,
		"q8ZkchangeP0s7Lw2VtY9dR4mXb6Hn1Jc5Gf3KaQeU=", // a word by chance
		"K7-your-x9Q2mZ4vL8pR1sT6wY3bN5cD0fG7hJ2kM4",
		"correct horse battery staple lunar hedge", // a long passphrase
	}
	for range 20000 {
		key := make([]byte, 32)
		rand.Read(key)
		good = append(good, base64.StdEncoding.EncodeToString(key), NewSecret())
	}
	for _, secret := range good {
		if wrong := weakness(secret); wrong != "" {
			t.Fatalf("%q %s", secret, wrong)
		}
	}
}

func TestSecrets_MisuseIsRefusedWithoutShowingTheValue(t *testing.T) {
	tests := []struct{ why, access, refresh, variable string }{
		{"one for both", keyA, keyA, "REFRESH_TOKEN_SECRET"},
		{"shared further down the lists", keyA + "," + keyC, keyB + "," + keyC, "REFRESH_TOKEN_SECRET"},
		{"twice in one list", keyA + "," + keyA, keyB, "ACCESS_TOKEN_SECRET"},
		{"empty entry", keyA + ",", keyB, "ACCESS_TOKEN_SECRET"},
		{"weak second entry", keyA, keyB + ",hunter2", "REFRESH_TOKEN_SECRET"},
		{"example", "change-me-" + keyWords, keyB, "ACCESS_TOKEN_SECRET"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			problems := problemsOf(t, []string{"ACCESS_TOKEN_SECRET=" + tt.access, "REFRESH_TOKEN_SECRET=" + tt.refresh}, t.TempDir())
			if len(problems) != 1 || problems[0].Variable != tt.variable {
				t.Fatalf("%v", problems)
			}
			text := problems.Error()
			if !strings.Contains(text, "openssl rand -hex 32") {
				t.Errorf("does not say how to make one: %s", text)
			}
			for _, value := range []string{keyA, keyB, keyC, keyWords, "hunter2"} {
				if strings.Contains(text, value) {
					t.Errorf("shows a secret: %s", text)
				}
			}
		})
	}
}

const keyWords = "in-production-before-anything-else"

func loaded(t *testing.T, dir string, environ ...string) Config {
	t.Helper()
	c, err := Load(environ, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGenerated_OncePrivateAndReused(t *testing.T) {
	dir := t.TempDir()
	first, second := loaded(t, dir), loaded(t, dir)
	path := filepath.Join(dir, "data", "secrets.env")
	if first.AccessToken.Secrets[0] != second.AccessToken.Secrets[0] || first.RefreshToken.Secrets[0] != second.RefreshToken.Secrets[0] {
		t.Error("a second start made new secrets")
	}
	for c, level := range map[*Config]slog.Level{&first: slog.LevelWarn, &second: slog.LevelDebug} { // only the first start creates the file
		if len(c.Notices) != 1 || c.Notices[0].Level != level || !strings.Contains(c.Notices[0].Text, path) {
			t.Errorf("notices %v, want one of level %v that names %s", c.Notices, level, path)
		}
	}
	for name, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestGenerated_FillsOnlyTheUnsetOne(t *testing.T) {
	dir := t.TempDir()
	both := loaded(t, dir)
	one := loaded(t, dir, "ACCESS_TOKEN_SECRET="+keyA)
	if one.AccessToken.Secrets[0] != keyA || one.RefreshToken.Secrets[0] != both.RefreshToken.Secrets[0] {
		t.Error("a set secret was replaced, or an unset one not reused")
	}
}

func TestGenerated_StartsAtOnceAgree(t *testing.T) {
	dir := t.TempDir()
	seen := make(chan string, 16)
	var group sync.WaitGroup
	for range cap(seen) {
		group.Go(func() {
			c, err := Load(nil, dir, false)
			if err != nil {
				t.Error(err)
				return
			}
			seen <- c.AccessToken.Secrets[0] + c.RefreshToken.Secrets[0]
		})
	}
	group.Wait()
	close(seen)
	first := <-seen
	for other := range seen {
		if other != first {
			t.Fatal("two starts use different secrets")
		}
	}
}

func TestGenerated_BadFileIsAProblem(t *testing.T) {
	good := "ACCESS_TOKEN_SECRET=" + keyA + "\nREFRESH_TOKEN_SECRET=" + keyB + "\n"
	tests := []struct {
		why, text string
		mode      os.FileMode
	}{
		{"group can read", good, 0o640},
		{"others can read", good, 0o604},
		{"empty", "", 0o600},
		{"cut off", good[:100], 0o600},
		{"one for both", strings.ReplaceAll(good, keyB, keyA), 0o600},
		{"not a settings file", "\x00" + keyA, 0o600},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "secrets.env")
			if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
				t.Fatal(err)
			}
			problems := problemsOf(t, []string{"DATA_DIR=" + dir}, "")
			if len(problems) != 1 || problems[0].Variable != path || strings.Contains(problems.Error(), keyA) {
				t.Errorf("%v", problems)
			}
		})
	}
}

func TestGenerated_NothingIsWrittenWhenSomethingElseIsWrong(t *testing.T) {
	dir := t.TempDir()
	problemsOf(t, []string{"PORT=x"}, dir)
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("wrote %v", entries)
	}
}
