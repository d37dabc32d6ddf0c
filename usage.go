package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
)

const usage = `Sallyport is a sign-in backend with cookie sessions.

  sallyport                                serve
  sallyport migrate                        apply pending migrations and end
  sallyport user unlock EMAIL-OR-USERNAME  unlock a password after too many wrong ones
  sallyport --help                         print this text
  sallyport --version                      print the version

Settings are environment variables, such as PORT=8081, or lines of the file .env in
the working folder. The file .env.example of the source lists them all.
`

// usageError is the error of arguments that the program does not know. Like other
// programs it ends with exit code 2 then, and with 1 after any other error.
type usageError []string

func (e usageError) Error() string {
	return fmt.Sprintf("unknown arguments %q\n\n%s", []string(e), strings.TrimSpace(usage))
}

// information returns what the arguments ask the program to print, without any
// configuration or database; "" where they ask for something else.
func information(args []string) string {
	asked := func(name string) bool { return slices.Contains(args, name) }
	switch {
	case asked("--help") || asked("-h") || slices.Equal(args, []string{"help"}):
		return usage
	case asked("--version") || slices.Equal(args, []string{"version"}):
		return version()
	}
	return ""
}

// version is that of the source, as the build has recorded it: a tag, or the
// commit with its time.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "sallyport (unknown version)\n"
	}
	return fmt.Sprintf("sallyport %s, %s\n", build.Main.Version, build.GoVersion)
}

// exitCode is what the program ends with after this error.
func exitCode(err error) int {
	var unknown usageError
	if errors.As(err, &unknown) {
		return 2
	}
	return 1
}
