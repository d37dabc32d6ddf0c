package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func secretFile(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretFiles_GiveEachVariableItsValue(t *testing.T) {
	for _, tt := range []struct {
		variable, value string
		read            func(Config) bool
	}{
		{"ACCESS_TOKEN_SECRET", keyC + "," + keyA, func(c Config) bool { return slices.Equal(c.AccessToken.Secrets, []string{keyC, keyA}) }},
		{"REFRESH_TOKEN_SECRET", keyC, func(c Config) bool { return slices.Equal(c.RefreshToken.Secrets, []string{keyC}) }},
		{"DATABASE_URL", "postgres://a:b@db.example.com/c", func(c Config) bool { return c.Database.DSN == "postgres://a:b@db.example.com/c" }},
		{"REDIS_URL", "redis://:hunter2@localhost:6379/0", func(c Config) bool { return c.RedisURL == "redis://:hunter2@localhost:6379/0" }},
		{"SMTP_URL", "smtp://a:b@mail.example.com", func(c Config) bool { return c.Mail.Server.Password == "b" }},
		{"MEDIA_URL", "s3://a:b@s3.example.com/pictures", func(c Config) bool { return c.Media.S3.Secret == "b" }},
	} {
		others := []string{"MAIL_FROM=no-reply@example.com"}
		for _, key := range keys {
			if !strings.HasPrefix(key, tt.variable+"=") {
				others = append(others, key)
			}
		}
		for _, text := range []string{tt.value, tt.value + "\n", "\xef\xbb\xbf" + tt.value + "\r\n"} {
			c, err := Load(with(others, tt.variable+"_FILE="+secretFile(t, text)), t.TempDir(), false)
			if err != nil || !tt.read(c) {
				t.Errorf("%s from %q: %v", tt.variable, text, err)
			}
		}
	}
}

func TestSecretFiles_AreFoundFromDotenvInItsFolder(t *testing.T) {
	dir := writeDotenv(t, "ACCESS_TOKEN_SECRET_FILE=access\n")
	if err := os.WriteFile(filepath.Join(dir, "access"), []byte(keyC+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(keys[1:], dir, false)
	if err != nil || !slices.Equal(c.AccessToken.Secrets, []string{keyC}) {
		t.Errorf("%v", err)
	}
}

// docker compose passes a variable that has no value as an empty one.
func TestSecretFiles_AnEmptyVariableIsNotSet(t *testing.T) {
	c, err := Load([]string{"ACCESS_TOKEN_SECRET=", "ACCESS_TOKEN_SECRET_FILE=" + secretFile(t, keyC), keys[1], "DATABASE_URL_FILE="}, t.TempDir(), false)
	if err != nil || !slices.Equal(c.AccessToken.Secrets, []string{keyC}) {
		t.Errorf("%v", err)
	}
}

func TestSecretFiles_WhatCannotBeUsedIsRefusedWithVariableAndPath(t *testing.T) {
	for why, path := range map[string]string{
		"no such file":            filepath.Join(t.TempDir(), "none"),
		"is a folder":             t.TempDir(),
		"is not a file":           os.DevNull,
		"is empty":                secretFile(t, " \n"),
		"is larger than 65536":    secretFile(t, strings.Repeat("x", 64<<10)+"\n"),
		"has more than one line":  secretFile(t, keyC+"\nhunter2\n"),
		"is not text in UTF-8":    secretFile(t, "\xff\xfeh\x00u\x00n\x00t\x00e\x00r\x002\x00"), // PowerShell's >
		"not a directory":         filepath.Join(secretFile(t, keyC), "below"),
		"file name too long":      filepath.Join(t.TempDir(), strings.Repeat("x", 300)),
		"too many levels of symb": loop(t),
	} {
		problems := problemsOf(t, []string{"ACCESS_TOKEN_SECRET_FILE=" + path, keys[1]}, t.TempDir())
		if len(problems) != 1 || problems[0].Variable != "ACCESS_TOKEN_SECRET_FILE" || !strings.Contains(problems[0].Wrong, why) ||
			!strings.Contains(problems[0].Wrong, path[:min(len(path), 150)]) || strings.Contains(problems.Error(), "hunter2") {
			t.Errorf("%s: %v", why, problems)
		}
	}
}

func TestSecretFiles_VariableAndFileTogetherAreRefused(t *testing.T) {
	for _, file := range secretFiles {
		name := strings.TrimSuffix(file, "_FILE")
		dir := writeDotenv(t, name+"="+keyC+"\n") // not even where one is in .env
		problems := problemsOf(t, []string{name + "_FILE=" + secretFile(t, keyC)}, dir)
		if !slices.ContainsFunc(problems, func(p Problem) bool {
			return p.Variable == name+"_FILE" && strings.Contains(p.Wrong, "is set beside "+name)
		}) || strings.Contains(problems.Error(), keyC) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestSecretFiles_ACommandReadsThatOfTheDatabaseAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	c, err := LoadDatabase([]string{"DATABASE_URL_FILE=" + secretFile(t, "sqlite://"+path+"\n"), "SMTP_URL_FILE=/nowhere"}, t.TempDir(), false)
	if err != nil || c.Database.DSN != path || !c.Database.Named {
		t.Errorf("%v: %v", c.Database, err)
	}
}

func loop(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "loop")
	if err := os.Symlink(path, path); err != nil {
		t.Fatal(err)
	}
	return path
}
