package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/gin-gonic/gin"
)

// bareVariable makes this program the bare Gin server.
const bareVariable = "SALLYPORT_BENCH_BARE"

type (
	bareAnswer struct {
		StatusCode int      `json:"statusCode"`
		Success    bool     `json:"success"`
		Message    string   `json:"message"`
		Data       bareUser `json:"data"`
	}
	bareUser struct {
		ID            string    `json:"id"`
		Username      string    `json:"username"`
		Email         string    `json:"email"`
		FullName      string    `json:"fullName"`
		Avatar        string    `json:"avatar"`
		CoverImage    string    `json:"coverImage"`
		Locale        string    `json:"locale"`
		Role          string    `json:"role"`
		EmailVerified bool      `json:"emailVerified"`
		CreatedAt     time.Time `json:"createdAt"`
		UpdatedAt     time.Time `json:"updatedAt"`
	}
)

// serveBare answers with the JSON of current-user and does nothing else. It has
// one thread more than processors, as Sallyport has: that alone gives it a
// tenth.
func serveBare() error {
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	now := time.Now().UTC().Truncate(time.Microsecond)
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	if url := os.Getenv(bareDatabaseVariable); url != "" {
		if err := serveStatements(engine, url); err != nil {
			return err
		}
	}
	engine.GET("/", func(c *gin.Context) {
		c.JSON(http.StatusOK, bareAnswer{http.StatusOK, true, "Current user", bareUser{
			ID: "01890a5d-ac96-774b-bcce-b302099a8057", Username: "ada1", Email: "ada1@example.com",
			FullName: "Ada Lovelace", Locale: "en", Role: "user", CreatedAt: now, UpdatedAt: now,
		}})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	return http.Serve(listener, engine)
}
