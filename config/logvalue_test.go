package config

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestLogValue_ShowsTheConfigurationWithoutItsSecrets(t *testing.T) {
	c, err := Load([]string{
		"ACCESS_TOKEN_SECRET=" + keyA, "REFRESH_TOKEN_SECRET=" + keyB,
		"DATABASE_URL=postgres://u:hunter2@db.internal/name", "REDIS_URL=redis://:hunter3@redis.internal",
	}, t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", slog.Any("config", c))
	for _, want := range []string{`"publicURL":"http://localhost:8080"`, `"database":"postgres"`, `"redis":true`, `"accessTokenSecrets":1`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, &log)
		}
	}
	for _, secret := range []string{keyA, keyB, "hunter2", "hunter3", ".internal"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s in %s", secret, &log)
		}
	}
}
