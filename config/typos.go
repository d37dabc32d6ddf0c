package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// supported are the variables this version reads.
var supported = []string{
	"APP_ENV", "HOST", "PORT", "DRAIN_DELAY", "PUBLIC_URL", "HSTS", "DATA_DIR", "DATABASE_URL", "DATABASE_MAX_CONNS", "MIGRATE", "MEDIA_URL",
	"ACCESS_TOKEN_SECRET_FILE", "REFRESH_TOKEN_SECRET_FILE", "DATABASE_URL_FILE", "REDIS_URL_FILE", "SMTP_URL_FILE", "MEDIA_URL_FILE",
	"ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET", "ACCESS_TOKEN_EXPIRY", "REFRESH_TOKEN_EXPIRY",
	"SESSION_MAX_AGE", "MAX_SESSIONS", "REFRESH_GRACE", "SESSION_CACHE_TTL",
	"COOKIE_SECURE", "COOKIE_PREFIX", "COOKIE_SAMESITE", "COOKIE_DOMAIN", "ACCESS_COOKIE_MAX_AGE",
	"TLS_CERT_FILE", "TLS_KEY_FILE", "ACME_DOMAINS", "ACME_DIRECTORY", "ACME_EMAIL",
	"CORS_ORIGIN", "TRUSTED_PROXIES", "REDIS_URL", "REDIS_TLS", "RATE_LIMITS",
	"LIMIT_REGISTER_PER_ADDRESS", "LIMIT_REGISTER_GLOBAL",
	"LIMIT_LOGIN_PER_ADDRESS", "LIMIT_LOGIN_PER_ACCOUNT", "LIMIT_LOGIN_GLOBAL",
	"LIMIT_REFRESH_PER_ADDRESS", "LIMIT_REFRESH_PER_SESSION",
	"LIMIT_PROFILE_PER_ADDRESS", "LIMIT_MAIL_PER_ADDRESS", "LIMIT_MAIL_PER_RECIPIENT", "LIMIT_MAIL_PER_ACCOUNT", "LIMIT_MAIL_GLOBAL", "ACTIVITY_RETENTION",
	"PASSWORD_MIN_LENGTH", "BREACH_LIST_URL",
	"SMTP_URL", "MAIL_FROM", "MAIL_REPLY_TO", "MAIL_BOUNCE", "MAIL_TEMPLATES", "APP_URL", "REQUIRE_VERIFIED_EMAIL", "SECURITY_NOTICES",
	"DOCS", "DEMO", "OPS_ADDR", "LOG_LEVEL", "LOG_FORMAT", "NO_COLOR",
}

// foreign maps variables of other backends to ours.
var foreign = map[string]string{ // #nosec G101 -- names, no secrets
	"MONGODB_URI": "DATABASE_URL", "MONGODB_URL": "DATABASE_URL", "MONGO_URI": "DATABASE_URL",
	"DB_URL": "DATABASE_URL", "NODE_ENV": "APP_ENV", "GIN_MODE": "APP_ENV",
	"SMTP_HOST": "SMTP_URL", "SMTP_PORT": "SMTP_URL", "SMTP_USER": "SMTP_URL", "SMTP_PASS": "SMTP_URL", "SMTP_PASSWORD": "SMTP_URL",
	"SMTP_FROM": "MAIL_FROM", "MAIL_HOST": "SMTP_URL", "MAIL_URL": "SMTP_URL", "EMAIL_FROM": "MAIL_FROM",
	"JWT_SECRET": "ACCESS_TOKEN_SECRET and REFRESH_TOKEN_SECRET",
}

// distinctive prefixes are so specific that a name with one of them is a mistake
// also in the environment of the process.
var distinctive = []string{"ACCESS_TOKEN_", "ACCESS_COOKIE_", "REFRESH_", "COOKIE_", "CORS_", "SESSION_", "PASSWORD_", "TLS_", "ACME_", "LIMIT_", "MAIL_"}

// otherPrograms are prefixes that begin like a distinctive one and belong to X11's
// session manager and to pass(1).
var otherPrograms = []string{"SESSION_MANAGER", "PASSWORD_STORE_"}

// linked are variables that Kubernetes and Docker give each container for each
// service beside it, as SESSION_PORT=tcp://10.0.0.1:80 for one called session.
// Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
var linked = regexp.MustCompile(`^\w+(_SERVICE_(HOST|PORT|PORT_\w+)|_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?|_ENV_\w+)=` +
	`|^\w+_PORT=(tcp|udp|sctp)://|^\w+_NAME=/\S+/`)

// checkNames reports names that have no effect. In .env each is a problem. In
// the environment, which other programs use too, only a name with a distinctive
// prefix is reported, as a notice.
func (r *reader) checkNames() {
	for _, name := range slices.Sorted(maps.Keys(r.file)) {
		if known := nearestKnown(name); known != "" {
			r.fail(name, "is not a known name (in .env)", known+", if that is what you mean")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.environment)) {
		_, both := r.file[name]
		switch {
		case both: // reported above
		case strings.HasPrefix(name, "MONGO") && foreign[name] != "":
			r.fail(name, "is not supported", foreign[name]+", with SQLite or PostgreSQL")
		case linked.MatchString(name + "=" + r.environment[name]): // of the orchestrator, not of the operator
		case distinct(name) && nearestKnown(name) != "":
			r.warn("%s is not a known name and has no effect: did you mean %s?", name, nearestKnown(name))
		}
	}
}

// nearestKnown returns the known name that is most similar to name. It returns ""
// if name is known itself, or similar to none.
func nearestKnown(name string) string {
	if slices.Contains(supported, name) {
		return ""
	}
	if known := foreign[name]; known != "" {
		return known
	}
	upper := strings.ToUpper(name)
	nearest := slices.MinFunc(supported, func(a, b string) int { return distance(upper, a) - distance(upper, b) })
	if distinct(name) || distance(upper, nearest) <= tolerance(nearest) {
		return nearest
	}
	return ""
}

// tolerance is the number of changes that still count as a typing error. It grows
// with the length: HOME and PORTS are other names than HOST and PORT.
func tolerance(name string) int {
	switch {
	case len(name) <= 5:
		return 0
	case len(name) <= 8:
		return 1
	default:
		return 2
	}
}

func distinct(name string) bool {
	has := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return slices.ContainsFunc(distinctive, has) && !slices.ContainsFunc(otherPrograms, has)
}

// distance is the Levenshtein distance in bytes: insertions, deletions and
// changes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
