package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"sallyport/admin"
	"sallyport/models"
)

type userShowCommand struct {
	output
	named
}

func (c *userShowCommand) Run(ctx context.Context, sh shell) error {
	return c.onUser(ctx, sh, func(users *admin.Service, user models.User) error {
		shown := struct {
			userView
			Sessions []signedIn `json:"sessions"`
		}{toUserView(user), toSignedIn(users.Auth.Listed(user))}
		return c.print(sh.stdout, shown, describe(shown.userView)+sessionTable(shown.Sessions))
	})
}

// describe writes a user for people: one line for each thing that is known.
func describe(u userView) string {
	verified, state := "not verified", "enabled"
	if u.EmailVerified {
		verified = "verified"
	}
	if u.DisabledAt != nil {
		state = "disabled since " + when(*u.DisabledAt)
	}
	return table([][]string{
		{"id", u.ID}, {"username", u.Username}, {"email", u.Email + " (" + verified + ")"}, {"full name", printable(u.FullName)}, {"role", u.Role},
		{"state", state}, {"wrong passwords", fmt.Sprint(u.FailedLogins)}, {"created", when(u.CreatedAt)}, {"changed", when(u.UpdatedAt)},
	})
}

// table aligns the columns.
func table(rows [][]string) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = io.WriteString(w, strings.Join(row, "\t")+"\n") // into memory
	}
	_ = w.Flush()
	return text.String()
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// printable leaves out what a terminal would act on: users write their own names,
// and clients say what device they are.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}
