package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sallyport/admin"
	"sallyport/auth/session"
	"sallyport/models"
)

type userSessionsCommand struct {
	output
	named
	End *string `placeholder:"ID" help:"End the session with this id, or all of them with --end all."`
}

func (c *userSessionsCommand) Run(ctx context.Context, sh shell) error {
	return c.onUser(ctx, sh, func(users *admin.Service, user models.User) error {
		if c.End == nil {
			list := toSignedIn(users.Auth.Listed(user))
			return c.print(sh.stdout, list, sessionTable(list))
		}
		ended, err := end(ctx, users, user.ID, *c.End)
		if err != nil {
			return err
		}
		if err := settle(ctx); err != nil {
			return err
		}
		return c.print(sh.stdout, map[string]int{"ended": ended}, fmt.Sprintf("sessions ended: %d; every running server goes by it\n", ended))
	})
}

// end ends one session, or all. An empty id, such as of a variable that is not set, is
// none.
func end(ctx context.Context, users *admin.Service, user uuid.UUID, which string) (ended int, err error) {
	if which == "all" {
		return users.EndSessions(ctx, commandLine, user)
	}
	id, err := uuid.Parse(which)
	if err != nil {
		return 0, notFoundError(fmt.Sprintf("%q is no id of a session", which))
	}
	return 1, users.EndSession(ctx, commandLine, user, id)
}

// signedIn is a session as commands print one.
type signedIn struct {
	ID         string    `json:"id"`
	Device     string    `json:"device"`
	UserAgent  string    `json:"userAgent"`
	IP         string    `json:"ip"`
	SignedInAt time.Time `json:"signedInAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

// toSignedIn returns a list, which is never null in JSON.
func toSignedIn(sessions []models.Session) []signedIn {
	list := make([]signedIn, len(sessions))
	for i, s := range sessions {
		device := session.Device{UserAgent: s.UserAgent, IP: s.IP}
		list[i] = signedIn{s.ID.String(), device.Name(), s.UserAgent, s.IP, s.SignedInAt, s.LastUsedAt, s.ExpiresAt}
	}
	return list
}

// sessionTable writes the sessions for people, the one that was used last first.
func sessionTable(sessions []signedIn) string {
	if len(sessions) == 0 {
		return "signed in nowhere\n"
	}
	rows := [][]string{{"SESSION", "DEVICE", "ADDRESS", "SIGNED IN", "LAST USED"}}
	for _, s := range sessions {
		rows = append(rows, []string{s.ID, printable(s.Device), printable(s.IP), when(s.SignedInAt), when(s.LastUsedAt)})
	}
	return table(rows)
}
