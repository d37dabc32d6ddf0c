package main

import (
	"context"
	"fmt"
	"strings"
)

// configCommands are about the settings.
type configCommands struct {
	Check configCheckCommand `cmd:"" help:"Read the settings as serve does, and try what they name."`
}

// configCheckCommand says whether a server with these settings would start, and
// find what it needs.
type configCheckCommand struct {
	output
}

func (c *configCheckCommand) Help() string {
	return `It connects to the database, Redis, the mail server, the bucket and the list of leaked passwords, where the settings name them. It writes nothing, sends nothing, and shows no secret. It ends with 1 where something fails.`
}

func (c *configCheckCommand) Run(ctx context.Context, sh shell) error {
	found := sh.check(ctx)
	failed := found.count(failed)
	result := struct {
		OK     bool    `json:"ok"`
		Checks reports `json:"checks"`
	}{failed == 0, found}
	if err := c.print(sh.stdout, result, found.String()); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("the configuration needs attention: %d of %d checks failed", failed, len(found))
	}
	return nil
}

// state is how a check went.
type state string

const (
	passed state = "ok"
	doubt  state = "warn" // the server starts; somebody should look at it
	failed state = "fail"
)

// report is what one check found.
type report struct {
	Name   string `json:"name"` // of a part, or of the variable that is wrong
	State  state  `json:"state"`
	Detail string `json:"detail"`
}

type reports []report

func (r reports) count(s state) (n int) {
	for _, one := range r {
		if one.State == s {
			n++
		}
	}
	return n
}

func (r reports) String() string {
	rows := make([][]string, len(r))
	for i, one := range r {
		rows[i] = []string{string(one.State), one.Name, strings.Join(strings.Fields(one.Detail), " ")}
	}
	return table(rows)
}

// tried is the report of something that works unless there is an error.
func tried(name, works string, err error) report {
	if err != nil {
		return report{name, failed, err.Error()}
	}
	return report{name, passed, works}
}
