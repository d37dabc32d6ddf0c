package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"sallyport/internal/logs"
)

// Observe is called for each answered request. route is the pattern of its route,
// "" where none took it.
type Observe func(route, method string, status int, took time.Duration)

// LogRequests writes one line for each answered request: never a query string,
// a header, a cookie or a body, which may all hold secrets. It names the code of
// a refusal (OWASP ASVS 16.3.2, 16.3.3) and who was signed in. What it sees it passes to observe, unless that is nil.
func LogRequests(log *slog.Logger, observe Observe) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		took := time.Since(start)
		if observe != nil {
			observe(c.FullPath(), c.Request.Method, c.Writer.Status(), took)
		}
		line := append(make([]slog.Attr, 0, 7),
			slog.String(logs.Method, c.Request.Method),
			slog.String(logs.Path, c.Request.URL.EscapedPath()), // ASCII: JSON lets C1 controls and bidi marks through
			slog.Int(logs.Status, c.Writer.Status()),
			slog.Float64(logs.TookMs, float64(took.Microseconds())/1000),
		)
		if last := c.Errors.Last(); last != nil && c.Writer.Status() >= http.StatusBadRequest {
			line = append(line, slog.String(logs.Code, string(refusalOf(last.Err).Code)))
		}
		if found, loaded := c.Request.Context().Value(identityKey{}).(*known); loaded && found.err == nil {
			line = append(line, slog.String(logs.UserID, found.identity.User.ID.String()), slog.String("sessionId", found.identity.SessionID.String()))
		}
		log.LogAttrs(c.Request.Context(), slog.LevelInfo, logs.Request, line...)
	}
}

// LogLines completes every line of the log (OWASP ASVS 16.2.1, 16.2.2): its time
// is in UTC, and one that is logged with a request's context has the request's
// id and the client's address.
func LogLines(next slog.Handler) slog.Handler { return lines{next} }

type lines struct{ slog.Handler }

func (h lines) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	if from, ok := ctx.Value(originKey{}).(origin); ok {
		r.AddAttrs(slog.String(logs.IP, shown(from.client)), slog.String(logs.RequestID, from.requestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h lines) WithAttrs(attrs []slog.Attr) slog.Handler { return lines{h.Handler.WithAttrs(attrs)} }

func (h lines) WithGroup(name string) slog.Handler { return lines{h.Handler.WithGroup(name)} }

const requestIDHeader = "X-Request-Id"

// acceptable is a request id that a trusted proxy may send. Anything else is
// replaced: it goes into headers and logs.
var acceptable = regexp.MustCompile(`^[A-Za-z0-9_.-]{8,64}$`)

type originKey struct{}

// origin is what the log says of every request: its id, and where it is from.
type origin struct {
	requestID string
	client    netip.Addr
}

// AssignOrigin names the request, in its context and in the answer, and finds
// out its client's address. A name that a client chose would let it hide among
// the lines of another request, so only that of a trusted proxy is kept (OWASP
// ASVS 4.1.3).
func AssignOrigin(proxies *Proxies) gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.GetHeader(requestIDHeader)
		if !proxies.trusts(peer(c.Request)) || !acceptable.MatchString(id) {
			id = uuid.NewString()
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), originKey{}, origin{id, proxies.Client(c.Request)}))
		c.Header(requestIDHeader, id)
		c.Next()
	}
}

// RequestID returns the id of the request that the context belongs to, or "".
func RequestID(ctx context.Context) string {
	from, _ := ctx.Value(originKey{}).(origin)
	return from.requestID
}

// ClientIP returns the address of the client whose request the context belongs
// to, or "". [Proxies.Client] says which address that is; Gin's own ClientIP is
// always that of the connection.
func ClientIP(ctx context.Context) string { return shown(clientAddress(ctx)) }

func clientAddress(ctx context.Context) netip.Addr {
	from, _ := ctx.Value(originKey{}).(origin)
	return from.client
}

// shown is "" for an address that there is not.
func shown(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	return address.String()
}
