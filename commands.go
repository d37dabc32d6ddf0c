package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kong"
)

// commands is the command line. Each command is in the file that is called after
// it.
type commands struct {
	Serve       serveCommand       `cmd:"" default:"1" help:"Serve requests. What the program does without a command, too."`
	Migrate     migrateCommand     `cmd:"" help:"Apply pending migrations."`
	User        userCommands       `cmd:"" help:"Look after one user."`
	Secrets     secretsCommands    `cmd:"" help:"Make secrets."`
	Backup      backupCommand      `cmd:"" help:"Copy the SQLite database into a new file, while the server runs."`
	Config      configCommands     `cmd:"" help:"Check the settings."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the server of this configuration whether it is ready."`
	Copy        copyCommand        `cmd:"" help:"Copy a SQLite file to PostgreSQL."`
	Import      importCommand      `cmd:"" help:"Import the users of Streamify."`
	Version     versionCommand     `cmd:"" help:"Print the version."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print the version."`
}

// all lists every command. What is only called by reflection is not seen by programs
// that look for what this one reaches, such as govulncheck.
func (c *commands) all() []command {
	return []command{
		&c.Serve, &c.Migrate, &c.Secrets.New, &c.Backup, &c.Config.Check, &c.Healthcheck, &c.Copy, &c.Import, &c.Version,
		&c.User.Create, &c.User.Show, &c.User.Disable, &c.User.Enable, &c.User.Role, &c.User.Sessions, &c.User.Unlock, &c.User.Delete,
	}
}

// selected returns the command that kong has filled in.
func (c *commands) selected(parsed *kong.Context) (command, error) {
	chosen := parsed.Selected().Target.Addr().Interface()
	for _, one := range c.all() {
		if any(one) == chosen {
			return one, nil
		}
	}
	return nil, fmt.Errorf("%s is not on the list of commands", parsed.Command())
}

// command is one thing that the program can do.
type command interface {
	Run(ctx context.Context, sh shell) error
}

const about = `Sallyport is a sign-in backend with cookie sessions.

Settings are environment variables, such as PORT=8081, or lines of the file .env in the working folder. The file .env.example of the source lists them all.`

// parse returns the command that the arguments name, and nil where they ask for
// help or the version, which it prints.
func parse(args []string, sh shell) (command, error) {
	answered := false
	var line commands
	parser, err := kong.New(&line, kong.Name("sallyport"), kong.Description(about), kong.Vars{"version": version()},
		kong.Writers(sh.stdout, sh.stderr), kong.Exit(func(int) { answered = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}))
	if err != nil {
		return nil, err
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	parsed, err := parser.Parse(args)
	switch {
	case answered:
		return nil, nil
	case err != nil:
		return nil, usageError{err, helpFor(err)}
	}
	return line.selected(parsed)
}

// usageError is the error of arguments that the program does not understand.
type usageError struct {
	error
	help string // the command that explains them
}

func (e usageError) Error() string {
	return fmt.Sprintf("%v\nSee: %s", e.error, e.help)
}

// helpFor returns what to run for help with arguments that were refused.
func helpFor(err error) string {
	var refused *kong.ParseError
	if !errors.As(err, &refused) || refused.Context == nil || refused.Context.Selected() == nil {
		return "sallyport --help"
	}
	return refused.Context.Selected().FullPath() + " --help"
}

// What the program ends with.
const (
	exitFailed   = 1
	exitUsage    = 2 // the arguments are wrong; nothing was done
	exitNotFound = 3 // there is no such user or session
)

// notFoundError is the error of a name that belongs to nobody.
type notFoundError string

func (e notFoundError) Error() string { return string(e) }

// exitCode is what the program ends with after this error.
func exitCode(err error) int {
	var usage usageError
	var nobody notFoundError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &nobody):
		return exitNotFound
	}
	return exitFailed
}
