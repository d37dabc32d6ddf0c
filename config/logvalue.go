package config

import "log/slog"

// LogValue implements slog.LogValuer: what the log may say of the configuration.
// It names what it shows, so that a new secret stays inside.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Bool("production", c.Production),
		slog.String("publicURL", c.PublicURL),
		slog.Bool("tls", c.TLS.On()),
		slog.Any("trustedProxies", c.TrustedProxies),
		slog.Any("corsOrigins", c.CORSOrigins),
		slog.String("database", c.Database.Driver),
		slog.Bool("redis", c.Limits.RedisURL != ""),
		slog.Bool("rateLimits", !c.Limits.Off),
		slog.Int("accessTokenSecrets", len(c.AccessToken.Secrets)),
		slog.Int("refreshTokenSecrets", len(c.RefreshToken.Secrets)),
		slog.Duration("refreshGrace", c.Sessions.RefreshGrace),
		slog.Bool("cookieSecure", c.Cookies.Secure),
		slog.String("cookieDomain", c.Cookies.Domain),
		slog.Bool("docs", c.Docs),
		slog.Bool("demo", c.Demo),
	)
}
