package config

import (
	"errors"
	"strings"
	"testing"
)

func TestRedis_ProductionEncryptsWhatGoesToAnotherMachine(t *testing.T) {
	for _, tt := range []struct {
		url, wrong string // "" where it is accepted
	}{
		{"rediss://:secret@redis.example.com:6379/0", ""},
		{"redis://127.0.0.1:6379", ""},
		{"redis://localhost:6379", ""},
		{"redis://[::1]:6379", ""},
		{"redis://redis.example.com:6379", "without TLS"},
		{"redis://10.0.0.5:6379", "without TLS"},
		{"redis://localhost.example.com:6379", "without TLS"},
		{"rediss://redis.example.com:6379?skip_verify=true", "does not verify"},
		{"redis+sentinel://:secret@one:26379/primary", "Redis Sentinel"},
		{"rediss+cluster://:secret@one:6379", "Redis Sentinel"},
		{"redis://one:6379,two:6379/0", "several servers"},
	} {
		_, err := Load(with(production, "REDIS_URL="+tt.url), t.TempDir(), false)
		var problems Problems
		if errors.As(err, &problems); tt.wrong == "" && err != nil || tt.wrong != "" && (len(problems) != 1 || problems[0].Variable != "REDIS_URL" || !strings.Contains(problems[0].Wrong, tt.wrong)) {
			t.Errorf("%s: %v", tt.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s shows a password: %v", tt.url, err)
		}
	}
	if _, err := Load(with(production, "REDIS_URL=redis://redis.example.com:6379", "REDIS_TLS=off"), t.TempDir(), false); err != nil {
		t.Errorf("a network that encrypts by itself: %v", err)
	}
}
