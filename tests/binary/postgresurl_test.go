package binary

import (
	"net/url"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// Source: PostgreSQL 17, 32.1.1.2.
func TestShipped_PostgresURLsInTheFormsOfLibpq(t *testing.T) {
	t.Parallel()
	address := harness.PostgresURL(t)
	folder, port := harness.PostgresSocket(t, address)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name, socket := strings.TrimPrefix(u.Path, "/"), url.QueryEscape(folder)
	for why, form := range map[string]string{
		"a socket as the host":           "postgres://postgres@" + socket + ":" + port + "/" + name,
		"a socket and the port behind":   "postgresql://postgres@" + socket + "/" + name + "?port=" + port,
		"a socket as a parameter":        "postgres:///" + name + "?host=" + folder + "&user=postgres&port=" + port,
		"a socket in another notation":   "postgres://postgres@/" + name + "?host=" + socket + "&port=" + port,
		"all as parameters":              "postgresql://?host=127.0.0.1&port=" + port + "&user=postgres&password=x&dbname=" + name + "&sslmode=disable",
		"several hosts, the first gone":  "postgres://postgres@127.0.0.1:1,127.0.0.1:" + port + "/" + name,
		"a scheme in capitals":           "PostgreSQL://postgres@127.0.0.1:" + port + "/" + name,
		"an encoded password and a name": "postgres://postgres:p%40s%2Fs%23%3F%25@localhost:" + port + "/" + name + "?application_name=my%20app",
		"every allowed sign":             "postgres://postgres:a!$&'()*+,;=:b-._~@127.0.0.1:" + port + "/" + name,
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			serve(t, t.TempDir(), "DATABASE_URL="+form).Login("nobody", harness.Password).Want(t, 401, "invalid_credentials")
		})
	}
}

const secret = "Zq7Xw9KdVb3R"

// TestShipped_NoPartOfAPasswordInAnyError starts the program with URLs that are
// wrong in every way, each with a character in the password that means something
// in URLs.
func TestShipped_NoPartOfAPasswordInAnyError(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{
		"DATABASE_URL=postgres://ada:PASSWORD@127.0.0.1:1/app",
		"DATABASE_URL=postgresql://:PASSWORD@127.0.0.1:1/app?sslmode=disable",
		"DATABASE_URL=postgres://ada:PASSWORD@127.0.0.1:port/app",
		"DATABASE_URL=postgres://ada:PASSWORD@127.0.0.1:99999/app",
		"DATABASE_URL=postgres://ada:PASSWORD@127.0.0.1:1/app?sslmode=wrong",
		"DATABASE_URL=postgres://ada:PASSWORD@127.0.0.1:1/app?default_query_exec_mode=wrong",
		"DATABASE_URL=postgres://ada:PASSWORD@127.0.0.1:1/app?sslrootcert=/nowhere&sslmode=verify-full",
		"DATABASE_URL=postgres://ada:PASSWORD@[::1/app",
		"DATABASE_URL=postgres://ada:PASSWORD@/app",
		"DATABASE_URL=postgres://ada:PASSWORD@%2Fnowhere/app",
		"DATABASE_URL=postgres://ada:PASSWORD",
		"DATABASE_URL=postgres:ada:PASSWORD@127.0.0.1:1/app",
		"DATABASE_URL=postgre://ada:PASSWORD@127.0.0.1:1/app",
		"DATABASE_URL=host=127.0.0.1 port=1 user=ada password=PASSWORD dbname=app",
		"DATABASE_URL=postgres://127.0.0.1:1/app?user=ada&password=PASSWORD&sslmode=disable",
		"DATABASE_URL=postgres:///app?host=/nowhere&user=ada&password=PASSWORD",
		"DATABASE_URL=POSTGRES_SERVER", // its own errors
		"REDIS_URL=redis://:PASSWORD@127.0.0.1:port/0",
		"REDIS_URL=rediss://:PASSWORD@127.0.0.1:1/x",
		"REDIS_URL=redis://:PASSWORD@127.0.0.1:1/0?wrong=1",
		"REDIS_URL=redis://:PASSWORD",
		"REDIS_URL=redis//:PASSWORD@127.0.0.1:1/0",
		"REDIS_URL=http://ada:PASSWORD@127.0.0.1:1/0",
		"PUBLIC_URL=https://ada:PASSWORD@auth.example.com",
		"CORS_ORIGIN=https://ada:PASSWORD@app.example.com",
		"ACME_DIRECTORY=http://ada:PASSWORD@127.0.0.1/directory",
	} {
		name, value, _ := strings.Cut(shape, "=")
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			if value == "POSTGRES_SERVER" {
				value = strings.Replace(harness.PostgresURL(t), "postgres@", "postgres:PASSWORD@", 1)
				for _, wrong := range []string{"_wrong", "?wrong=PASSWORD", "?password=x&PASSWORD=1"} {
					wantHidden(t, name, value+wrong)
				}
				return
			}
			wantHidden(t, name, value)
		})
	}
}

// wantHidden starts the program with the value, in which each character takes
// its turn in the middle of the password.
func wantHidden(t *testing.T, name, value string) {
	t.Helper()
	for _, sign := range []string{"", "@", "/", "#", "?", "%", ":", "&", "*", "\\"} {
		if sign == "@" && !strings.Contains(value, "@") {
			continue // what follows is a host in every reading
		}
		password := secret[:6] + sign + secret[6:]
		p := harness.Built(t).Begin(t, t.TempDir(), nil, "PORT=0", name+"="+strings.ReplaceAll(value, "PASSWORD", password))
		code, said := p.ExitCode(), p.Stderr.String()+p.Stdout.String()
		if code != 1 || !strings.Contains(said, name) {
			t.Errorf("%q in %s: exit code %d: %s", sign, value, code, said)
		}
		for i := range len(secret) - 3 {
			if part := secret[i : i+4]; i+4 <= 6 || i >= 6 {
				if strings.Contains(strings.ToLower(said), strings.ToLower(part)) {
					t.Errorf("%q in %s: it shows %q of the password: %s", sign, value, part, said)
					break
				}
			}
		}
	}
}
