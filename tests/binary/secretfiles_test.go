package binary

import (
	"path/filepath"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// inFiles puts the value of each variable into a file with a line end, and returns
// the variables that name the files.
func inFiles(t *testing.T, variables ...string) (named []string) {
	t.Helper()
	dir := t.TempDir()
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		harness.WriteFile(t, dir, name, []byte(value+"\n"))
		named = append(named, name+"_FILE="+filepath.Join(dir, name))
	}
	return named
}

// In production the program does not start without secrets for the tokens.
func TestShipped_EachSecretCanBeInAFile(t *testing.T) {
	t.Parallel()
	mail, redis := harness.NewMailServer(t), harness.NewRedis(t)
	environment := []string{"APP_ENV=production", "RATE_LIMITS=", "PUBLIC_URL=" + publicURL, "TRUSTED_PROXIES=127.0.0.1",
		"MAIL_FROM=no-reply@example.com", "LIMIT_LOGIN_PER_ADDRESS=1/hour"}
	secrets := inFiles(t, "ACCESS_TOKEN_SECRET="+harness.AccessSecret, "REFRESH_TOKEN_SECRET="+harness.RefreshSecret,
		"DATABASE_URL="+harness.PostgresURL(t), "REDIS_URL="+redis.URL, "SMTP_URL="+mail.URL,
		"MEDIA_URL=s3://key:secret@127.0.0.1:1/pictures?tls=off")
	one, other := serve(t, t.TempDir(), append(environment, secrets...)...), serve(t, t.TempDir(), append(environment, secrets...)...)
	access := one.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration("ada")), overHTTPS...).Tokens(t).Access
	other.Send("GET", harness.CurrentUserPath, access, "", overHTTPS...).Want(t, 200, "") // the same secrets and database
	awaitMails(t, mail, 1)
	one.Send("GET", "/media/abcdefghijklmnopqrstuvwxyz.jpg", "", "", overHTTPS...).Want(t, 503, "unavailable") // nobody listens there
	one.Send("POST", harness.LoginPath, "", harness.LoginBody("nobody", harness.Password), overHTTPS...).Want(t, 401, "invalid_credentials")
	wantLimit(t, other.Send("POST", harness.LoginPath, "", harness.LoginBody("nobody", harness.Password), overHTTPS...), "1")
}
