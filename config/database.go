package config

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	databaseFile   = "sallyport.db"                                                          // in DATA_DIR
	mostConns      = 10_000                                                                  // connections to PostgreSQL; more is a typing error
	goodDatabase   = "sqlite://data/sallyport.db or postgres://user:password@host:5432/name" // #nosec G101 -- an example, no secret
	goodCharacters = "@ as %40, / as %2F, # as %23, ? as %3F and % as %25 in the password"
)

// database reads DATABASE_URL and DATABASE_MAX_CONNS. No problem shows the URL:
// it may hold a password.
func (r *reader) database(dir, dataDir string) Database {
	value := r.get("DATABASE_URL")
	d := Database{MaxConns: r.maxConns(), Named: value != "" || r.get("DATA_DIR") != ""}
	scheme, rest, _ := strings.Cut(value, "://")
	switch scheme = strings.ToLower(scheme); {
	case value == "":
		d.Driver, d.DSN = "sqlite", filepath.Join(dataDir, databaseFile)
	case scheme == "sqlite":
		if rest == "" || strings.ContainsAny(rest, "?#") || strings.HasPrefix(rest, ":") {
			r.fail("DATABASE_URL", "is not sqlite:// and the plain path of a file", goodDatabase)
		}
		d.Driver, d.DSN = "sqlite", r.path("DATABASE_URL", dir, rest)
	case scheme == "postgres", scheme == "postgresql":
		d.Driver, d.DSN = "postgres", scheme+"://"+r.homeOfFiles(rest)
		r.checkPostgres(rest)
	default:
		r.fail("DATABASE_URL", "names neither SQLite nor PostgreSQL", goodDatabase)
	}
	if d.Driver == "sqlite" && d.MaxConns > 0 {
		r.fail("DATABASE_MAX_CONNS", "has no effect on SQLite", "nothing: unset it, or a PostgreSQL in DATABASE_URL")
	}
	return d
}

// maxConns is 0 where nothing is set.
func (r *reader) maxConns() int {
	if r.get("DATABASE_MAX_CONNS") == "" {
		return 0
	}
	return r.number("DATABASE_MAX_CONNS", 20, 1, mostConns)
}

// checkPostgres rejects what is not in libpq's form
// [user[:password]@][host[:port][,…]][/name][?parameters]. The driver would
// accept more, and quote it in its errors.
// Source: PostgreSQL 17, 32.1.1.2.
func (r *reader) checkPostgres(rest string) {
	if wrong := misread(rest); wrong != "" {
		r.fail("DATABASE_URL", wrong, goodCharacters)
		return
	}
	authority, query := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, query = rest[:i], rest[i:]
	}
	_, query, _ = strings.Cut(query, "?")
	_, parameters := parameters(query)
	hosts := authority[strings.LastIndex(authority, "@")+1:]
	switch {
	case hosts == "" && !slices.Contains(parameters, "host"):
		r.fail("DATABASE_URL", "names no host", goodDatabase+", or host=/var/run/postgresql as a parameter")
	case hosts != "" && slices.ContainsFunc(strings.Split(hosts, ","), func(host string) bool { return !validServer(host) }):
		r.fail("DATABASE_URL", "has no valid host and port", goodDatabase+", or %2Fvar%2Frun%2Fpostgresql as the host")
	case !validParameters(query):
		r.fail("DATABASE_URL", "has a parameter that is not name=value, or beside a password one that is not known", "sslmode=verify-full&connect_timeout=5, and & as %26 in a value")
	}
}

// misread says what lets a URL, from behind its scheme, be read in two ways. A
// password with a character that means something in URLs would else become a
// part of the host, of the name or of a parameter, which errors show.
func misread(rest string) string {
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	switch {
	case strings.Count(authority, "@") > 1:
		return "has more than one @ before the host"
	case strings.ContainsAny(tail, "@#"):
		return "has an @ or # behind the host"
	case strings.ContainsFunc(rest, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`"\<>^{|}`+"`", c) }):
		return "has a character that must be %-encoded"
	}
	if plain, err := url.PathUnescape(rest); err != nil || strings.ContainsRune(plain, 0) {
		return "has a % that does not begin a %-encoded character"
	}
	return ""
}

var (
	serverName    = regexp.MustCompile(`^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$`) // Docker's names have _
	socketFolder  = regexp.MustCompile(`^%2[Ff][\w.~%-]*$`)
	parameterName = regexp.MustCompile(`^[A-Za-z_][\w.]*$`)
)

// validServer accepts host[:port], of which the host may be the folder of a
// socket.
func validServer(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, port = s[:i], s[i+1:]
		if port == "" {
			return false
		}
	}
	if inside, found := strings.CutPrefix(host, "["); found {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
		return err == nil && addr.Is6() && strings.HasSuffix(host, "]") && validPort(port)
	}
	return (serverName.MatchString(host) || socketFolder.MatchString(host)) && validPort(port)
}

// besidePassword are the parameters that may stand beside password=. The server
// would show the name of any other one, and it could be the rest of a password
// with an & in it.
var besidePassword = strings.Fields("host port user password dbname sslmode sslcert sslkey sslpassword sslrootcert sslnegotiation sslsni " +
	"passfile connect_timeout target_session_attrs application_name search_path options channel_binding require_auth " +
	"statement_timeout lock_timeout timezone default_query_exec_mode statement_cache_capacity description_cache_capacity")

func validParameters(query string) bool {
	complete, names := parameters(query)
	secret := slices.Contains(names, "password") || slices.Contains(names, "sslpassword")
	return complete && !slices.ContainsFunc(names, func(name string) bool {
		return !parameterName.MatchString(name) || secret && !slices.Contains(besidePassword, name)
	})
}

// parameters returns the names in a query. complete is false where one has no
// value.
func parameters(query string) (complete bool, names []string) {
	complete = true
	for pair := range strings.SplitSeq(query, "&") {
		if query == "" {
			break
		}
		name, _, found := strings.Cut(pair, "=")
		complete = complete && found
		names = append(names, strings.ToLower(name))
	}
	return complete, names
}

var homeParameter = regexp.MustCompile(`([?&](?:sslcert|sslkey|sslrootcert|passfile)=)(~[^&]*)`)

// homeOfFiles replaces the ~ of the files that a PostgreSQL URL names.
func (r *reader) homeOfFiles(rest string) string {
	return homeParameter.ReplaceAllStringFunc(rest, func(found string) string {
		parts := homeParameter.FindStringSubmatch(found)
		file, err := url.QueryUnescape(parts[2])
		if err != nil {
			return found // rejected as a whole
		}
		return parts[1] + url.QueryEscape(r.path("DATABASE_URL", "", file))
	})
}
