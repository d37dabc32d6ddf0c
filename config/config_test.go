package config

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoad_DefaultsAreTheDocumentedOnes(t *testing.T) {
	dir := t.TempDir()
	got, err := Load(keys, dir, true)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Host: "127.0.0.1", Port: 8080, PublicURL: "http://localhost:8080", AppURL: "http://localhost:8080",
		DataDir:      filepath.Join(dir, "data"),
		Database:     Database{Driver: "sqlite", DSN: filepath.Join(dir, "data", "sallyport.db")},
		Migrate:      true,
		Media:        Media{Folder: filepath.Join(dir, "data", "media")},
		AccessToken:  Token{[]string{keyA}, 15 * time.Minute},
		RefreshToken: Token{[]string{keyB}, 168 * time.Hour},
		Sessions:     Sessions{MaxAge: 720 * time.Hour, Max: 10, RefreshGrace: 10 * time.Second, CacheTTL: 30 * time.Second},
		Cookies: Cookies{
			Secure: true, AccessSameSite: http.SameSiteLaxMode, RefreshSameSite: http.SameSiteStrictMode,
		},
		CORSLocal: true,
		Limits: Limits{Rates: map[Limit][]Rate{
			RegisterPerAddress: {{30, time.Hour}, {100, day}},
			RegisterGlobal:     {{600, time.Minute}},
			LoginPerAddress:    {{20, time.Minute}, {200, time.Hour}},
			LoginPerAccount:    {{5, time.Minute}, {20, time.Hour}, {50, day}},
			LoginGlobal:        {{3000, time.Minute}},
			ProfilePerAddress:  {{60, time.Hour}, {300, day}},
			MailPerAddress:     {{20, time.Hour}, {60, day}},
			MailPerRecipient:   {{1, time.Minute}, {5, time.Hour}, {10, day}},
			MailPerAccount:     {{20, time.Hour}, {50, day}},
			MailGlobal:         {{300, time.Minute}},
			RefreshPerAddress:  {{1200, time.Minute}},
			RefreshPerSession:  {{120, time.Minute}},
		}},
		Mail:              Mail{From: "no-reply@localhost", Notices: true},
		ActivityRetention: 90 * day,
		PasswordMinLength: 8, Docs: true, Demo: true, Traces: Traces{Service: "sallyport", Share: 1}, LogLevel: slog.LevelInfo, LogFormat: "pretty", LogColor: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(want.DataDir); err == nil {
		t.Error("data folder was made although both secrets are set")
	}
}

func TestLoad_ProductionDefaultsAreClosed(t *testing.T) {
	c, err := Load(production, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Production || c.Docs || c.Demo || len(c.CORSOrigins) > 0 || c.CORSLocal || c.LogFormat != "json" || len(c.Notices) > 0 {
		t.Errorf("%+v", c)
	}
	if c.DataDir != "data" {
		t.Errorf("with no folder given DATA_DIR is %q, want it relative", c.DataDir)
	}
}

func TestLogValue_ShowsTheConfigurationWithoutItsSecrets(t *testing.T) {
	c, err := Load([]string{
		"ACCESS_TOKEN_SECRET=" + keyA, "REFRESH_TOKEN_SECRET=" + keyB,
		"DATABASE_URL=postgres://u:hunter2@db.internal/name", "REDIS_URL=redis://:hunter3@redis.internal",
		"MEDIA_URL=s3://hunter4:hunter5@s3.internal/hunter6",
	}, t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", slog.Any("config", c))
	for _, want := range []string{`"publicURL":"http://localhost:8080"`, `"database":"postgres"`, `"redis":true`, `"mediaInBucket":true`, `"accessTokenSecrets":1`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, &log)
		}
	}
	for _, secret := range []string{keyA, keyB, "hunter2", "hunter3", "hunter4", "hunter5", "hunter6", ".internal"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s in %s", secret, &log)
		}
	}
}
