package config

import (
	"strings"
	"testing"
)

func TestNames_InDotenv(t *testing.T) {
	tests := []struct{ name, suggests string }{ // "" means no problem
		{"ACESS_TOKEN_SECRET", "ACCESS_TOKEN_SECRET"},
		{"ACCESS_TOKEN_LIFETIME", "ACCESS_TOKEN_"}, // a distinctive prefix
		{"REFRESH_TOKEN_EXPIRES", "REFRESH_TOKEN_EXPIRY"},
		{"CORS_ORIGINS", "CORS_ORIGIN"},
		{"DATABASE_URI", "DATABASE_URL"},
		{"MAX_SESSION", "MAX_SESSIONS"},
		{"COOKIE_SAME_SITE", "COOKIE_SAMESITE"},
		{"port", "PORT"},
		{"REDIS_URI", "REDIS_URL"},
		{"MONGODB_URI", "DATABASE_URL"},
		{"NODE_ENV", "APP_ENV"},
		{"JWT_SECRET", "ACCESS_TOKEN_SECRET"},
		{"LIMIT_LOGIN_PER_IP", "LIMIT_LOGIN_"},
		{"RATE_LIMIT", "RATE_LIMITS"},
		{"HOSTNAME", ""},
		{"HOME", ""},
		{"PORTS", ""},
		{"POSTGRES_PASSWORD", ""}, // shared with docker compose
		{"CLOUDINARY_API_KEY", ""},
		{"VITE_API_URL", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problems := problemsOf(t, keys, writeDotenv(t, tt.name+"=hunter2\n"))
			if tt.suggests == "" {
				if len(problems) > 0 {
					t.Error(problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Variable != tt.name || !strings.Contains(problems[0].Good, tt.suggests) {
				t.Errorf("got %v, want %s", problems, tt.suggests)
			}
		})
	}
}

func TestNames_InTheEnvironmentNeverStopTheProgram(t *testing.T) {
	tests := []struct{ name, notice string }{
		{"ACCESS_TOKEN_SECRETS", "ACCESS_TOKEN_SECRET"},
		{"CORS_ORIGINS", "CORS_ORIGIN"},
		{"LIMIT_LOGIN_GLOBALLY", "LIMIT_LOGIN_GLOBAL"},
		{"DATABASE_URI", ""}, // may belong to another program
		{"NODE_ENV", ""},
		{"JWT_SECRET", ""},
		{"HOSTNAME", ""}, {"HOME", ""}, {"SHELL", ""}, {"LOGNAME", ""}, {"PORTS", ""},
		{"SESSION_MANAGER", ""},    // every GNOME desktop
		{"PASSWORD_STORE_DIR", ""}, // pass(1)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Load(with(keys, tt.name+"=hunter2"), t.TempDir(), false)
			if err != nil {
				t.Fatal(err)
			}
			all := ""
			for _, notice := range c.Notices {
				all += notice.Text + "\n"
			}
			if (all != "") != (tt.notice != "") || !strings.Contains(all, tt.notice) || strings.Contains(all, "hunter2") {
				t.Errorf("notices %q, want %q", all, tt.notice)
			}
		})
	}
}

func TestNames_OfAnotherDatabaseAreRefused(t *testing.T) {
	for _, name := range []string{"MONGODB_URI", "MONGODB_URL"} {
		problems := problemsOf(t, with(keys, name+"=on"), t.TempDir())
		if len(problems) != 1 || problems[0].Variable != name || !strings.Contains(problems[0].Wrong, "not supported") {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
