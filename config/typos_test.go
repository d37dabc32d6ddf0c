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

// What Kubernetes sets for a service of this name, and Docker for a link.
func linksOf(service string) (links []string) {
	for _, link := range []string{
		"_SERVICE_HOST=10.0.0.1", "_SERVICE_PORT=80", "_SERVICE_PORT_HTTP=80", "_PORT=tcp://10.0.0.1:80", "_PORT_80_TCP=tcp://10.0.0.1:80",
		"_PORT_80_TCP_PROTO=tcp", "_PORT_80_TCP_PORT=80", "_PORT_80_TCP_ADDR=10.0.0.1", "_PORT_53_UDP=udp://10.0.0.1:53", "_PORT_53_UDP_ADDR=10.0.0.1",
		"_NAME=/sallyport-1/" + strings.ToLower(service), "_ENV_PATH=/bin",
	} {
		links = append(links, service+link)
	}
	return links
}

func TestNames_OfServiceLinksAreNoTypingErrors(t *testing.T) {
	for _, service := range []string{
		"SALLYPORT", "SESSION", "MAIL", "REDIS", "COOKIE", "DATABASE", "HOST", "LIMIT", "PASSWORD", "REFRESH", "ACCESS_TOKEN", "TLS_CERT",
		"CORS", "ACME", "SMTP", "MEDIA", "APP", "MONGODB", "MONGO", "OPS", "DRAIN",
	} {
		want, err := Load(keys, t.TempDir(), false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load(with(keys, linksOf(service)...), t.TempDir(), false)
		if err != nil || len(got.Notices) != len(want.Notices) || got.Port != want.Port || got.Host != want.Host {
			t.Errorf("%s: %v: %v", service, err, got.Notices)
		}
	}
}

func TestNames_LikeServiceLinksWithOtherValuesAreTypingErrors(t *testing.T) {
	for _, variable := range []string{"MAIL_PORT=25", "SESSION_NAME=ada", "MAIL_ADDR=tcp://10.0.0.1:25"} {
		if c, err := Load(with(keys, variable), t.TempDir(), false); err != nil || len(c.Notices) != 1 {
			t.Errorf("%s: %v: %v", variable, err, c.Notices)
		}
	}
}

func TestPort_ThatIsAServiceLinkSaysSo(t *testing.T) {
	problems := problemsOf(t, with(keys, "PORT=tcp://10.0.0.1:80"), t.TempDir())
	if len(problems) != 1 || problems[0].Variable != "PORT" || !strings.Contains(problems[0].Wrong, "Kubernetes") {
		t.Errorf("%v", problems)
	}
}
