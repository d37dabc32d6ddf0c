package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"sallyport/models"
)

// bareDatabaseVariable makes the bare server one of PostgreSQL statements too, and
// is the URL of the database.
const bareDatabaseVariable = "SALLYPORT_BENCH_BARE_DATABASE"

const (
	bareSelectRow = "bare handler of the SELECT, through pgx"
	bareUpdateRow = "bare handler of the UPDATE, through pgx"
)

// yardstickRows compare with handlers that do nothing but the statement of the
// operation. Without Redis, PostgreSQL is asked for the row of each request.
var yardstickRows = []string{
	bareSelectRow, "GET current-user, its SELECT each time", bareUpdateRow, "POST refresh-token, against its UPDATE",
}

func measureYardsticks(ctx context.Context, l *lab, e *engine, wanted selection) ([]line, error) {
	n := l.connections
	p, err := newPopulation(n*(readAccounts+2*refreshAccounts), 0)
	if err != nil {
		return nil, err
	}
	url, err := e.filled(ctx, p)
	if err != nil {
		return nil, err
	}
	program, err := l.serveProfiled(ctx, url)
	if err != nil {
		return nil, err
	}
	defer program.stop()
	bare, err := l.serveSelf(ctx, []string{bareVariable + "=on", bareDatabaseVariable + "=" + url})
	if err != nil {
		return nil, err
	}
	defer bare.stop()
	visitors := func(address string, from, each int, do func(*visitor) error) func(int) (worker, error) {
		return func(i int) (worker, error) { return p.visitor(address, i, n, from, from+each*n, do) }
	}
	refresh := n * readAccounts
	update := refresh + n*refreshAccounts
	return takeTurns(ctx, []*row{
		{name: yardstickRows[0], count: n, worker: visitors(bare.address, 0, readAccounts, (*visitor).selectRow)},
		{name: yardstickRows[1], against: bareSelectRow, compare: share, target: atLeast(0.60, "%.2f"), count: n,
			worker: visitors(program.address, 0, readAccounts, (*visitor).currentUser)},
		{name: yardstickRows[2], count: n, worker: visitors(bare.address, update, refreshAccounts, (*visitor).updateRow)},
		{name: yardstickRows[3], against: bareUpdateRow, compare: share, target: atLeast(0.60, "%.2f"), count: n,
			worker: visitors(program.address, refresh, refreshAccounts, (*visitor).rotate)},
	}, wanted, l.duration)
}

func (v *visitor) selectRow() error {
	return v.send("GET", "/select/"+v.as().id, "", "accessToken")
}

// updateRow swaps the row, which nobody else does.
func (v *visitor) updateRow() error {
	a := v.as()
	err := v.send("POST", "/update/"+a.id+"/"+strconv.FormatInt(a.version, 10), "", "accessToken", "refreshToken")
	a.version++
	return err
}

// The statements of current-user and of refresh-token.
const (
	bareSelect = "SELECT id, username, email, full_name, avatar_url, cover_image_url, password_hash, role, email_verified_at, " +
		"disabled_at, failed_logins, created_at, updated_at, refresh_tokens, sessions_version, locale FROM users WHERE id = $1"
	bareUpdate = "UPDATE users SET refresh_tokens = $1, sessions_version = $2 WHERE id = $3 AND sessions_version = $4 AND (disabled_at IS NOT NULL) = $5"
)

// serveStatements adds the handlers, on a pool as large as Sallyport's own.
func serveStatements(engine *gin.Engine, url string) error {
	options, err := pgxpool.ParseConfig(url)
	if err != nil {
		return err
	}
	options.MaxConns = int32(models.PostgresConnections(0)) // #nosec G115 -- a few
	pool, err := pgxpool.NewWithConfig(context.Background(), options)
	if err != nil {
		return err
	}
	engine.GET("/select/:id", func(c *gin.Context) { answer(c, bareSelectOne(c, pool)) })
	engine.POST("/update/:id/:version", func(c *gin.Context) { answer(c, bareUpdateOne(c, pool)) })
	return nil
}

func answer(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusInternalServerError, "%v", err)
		return
	}
	c.JSON(http.StatusOK, bareAnswer{StatusCode: http.StatusOK, Success: true, Message: "done"})
}

func bareSelectOne(c *gin.Context, pool *pgxpool.Pool) error {
	var u models.User
	var sessions string
	return pool.QueryRow(c.Request.Context(), bareSelect, c.Param("id")).Scan(&u.ID, &u.Username, &u.Email, &u.FullName, &u.AvatarURL, &u.CoverImageURL,
		&u.PasswordHash, &u.Role, &u.EmailVerifiedAt, &u.DisabledAt, &u.FailedLogins, &u.CreatedAt, &u.UpdatedAt, &sessions, &u.SessionsVersion, &u.Locale)
}

// bareSessions is the column as a refresh leaves it.
var bareSessions = func() string {
	text, err := models.Sessions{{
		ID: uuid.New(), TokenID: uuid.NewString()[:22], UserAgent: agent, IP: "127.0.0.1", Unconfirmed: true,
		Retired: []models.RetiredToken{{TokenID: uuid.NewString()[:22]}},
	}}.Value()
	if err != nil {
		panic(err) // a fault of this file
	}
	return fmt.Sprint(text)
}()

func bareUpdateOne(c *gin.Context, pool *pgxpool.Pool) error {
	version, err := strconv.ParseInt(c.Param("version"), 10, 64)
	if err != nil {
		return err
	}
	done, err := pool.Exec(c.Request.Context(), bareUpdate, bareSessions, version+1, c.Param("id"), version, false)
	if err == nil && done.RowsAffected() != 1 {
		err = fmt.Errorf("%d rows are at version %d", done.RowsAffected(), version)
	}
	return err
}
