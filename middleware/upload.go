package middleware

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Upload is what a request with files may take.
type Upload struct {
	Bytes  int64         // of the whole body
	Time   time.Duration // to send it, from its first byte on
	Answer time.Duration // and then to answer
}

// AllowUpload is LimitBody for a route that takes files: a multipart body may be
// larger and take longer than any other, which keeps the limits of the server and
// those of small.
//
// A refusal waits for the rest of such a body, within the same limits: clients
// that are still sending would else see a broken connection and not the answer.
func AllowUpload(u Upload, small int64) gin.HandlerFunc {
	limitSmall := LimitBody(small)
	return func(c *gin.Context) {
		if !IsMultipart(c.Request) {
			limitSmall(c)
			return
		}
		connection, now := http.NewResponseController(c.Writer), time.Now()
		_ = connection.SetReadDeadline(now.Add(u.Time)) // tests without a connection have no deadlines
		_ = connection.SetWriteDeadline(now.Add(u.Time + u.Answer))
		body := http.MaxBytesReader(c.Writer, c.Request.Body, u.Bytes)
		c.Request.Body = body
		c.Next()
		if c.Request.Header.Get("Expect") == "" { // else the client waits for a word before it sends
			_, _ = io.Copy(io.Discard, body)
		}
	}
}

// IsMultipart reports whether the body is a form with files.
func IsMultipart(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data")
}
