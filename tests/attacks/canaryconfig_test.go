package attacks

import (
	"net/http"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestCanary_ThePasswordOfRedisStaysInside(t *testing.T) {
	const password = "canary-redis-Tk4"
	redis := harness.NewRedis(t)
	redis.Command("CONFIG SET requirepass " + password)
	server := harness.Start(t, limitsOn("LOG_LEVEL=debug", "REDIS_URL="+strings.Replace(redis.URL, "redis://", "redis://:"+password+"@", 1))...)
	ada := adaOn(t, server)
	redis.Stop()
	answer := ada.Post(loginPath, harness.AdaLogin).Want(t, http.StatusServiceUnavailable, "unavailable")
	if log := server.Log.String(); !strings.Contains(log, "limits_unavailable") || strings.Contains(log+answer.Raw, password) {
		t.Errorf("%s %s", answer.Raw, log)
	}
}

func TestCanary_AProgramThatCannotStartTellsNoSecret(t *testing.T) {
	const secret = "canary-start-Vd6"
	for _, variable := range []string{
		"DATABASE_URL=postgres://ada:" + secret + "@127.0.0.1:1/x",
		"DATABASE_URL=postgres://ada:" + secret + "%zz@127.0.0.1:1/x",
		"DATABASE_URL=mysql://ada:" + secret + "@127.0.0.1/x",
		"REDIS_URL=redis://:" + secret + "@127.0.0.1:1/0",
		"REDIS_URL=redis://:" + secret + "%zz@127.0.0.1:1/0",
		"ACCESS_TOKEN_SECRET=" + secret,
		"REFRESH_TOKEN_SECRET=" + strings.Repeat(secret, 4),
		"PUBLIC_URL=https://ada:" + secret + "@auth.example.com",
		"CORS_ORIGIN=https://ada:" + secret + "@app.example.com",
	} {
		p := harness.Built(t).Begin(t, t.TempDir(), nil, "PORT=0", "LOG_LEVEL=debug", variable)
		<-p.Exited
		name, _, _ := strings.Cut(variable, "=")
		if said := p.Stdout.String() + p.Stderr.String(); !strings.Contains(said, name) || strings.Contains(said, secret) {
			t.Errorf("%s: %s", variable, said)
		}
	}
}
