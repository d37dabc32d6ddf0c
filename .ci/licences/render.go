package main

import (
	"bytes"
	"errors"
	"fmt"
)

const heading = `# Dependencies

Other people's modules that Sallyport uses, each with the licence of its own
files and the names of further notices it carries. Written by
` + "`.ci/licences`" + `; ` + "`.ci/run`" + ` fails when it is stale or a licence is not on the
allow list there.

## In the program

What ` + "`go build`" + ` links for Linux.

`

const testHeading = `
## Only in tests and tools

`

// render returns the document, or every licence that can't be accepted.
func render(program, tests []module) ([]byte, error) {
	var text bytes.Buffer
	text.WriteString(heading)
	inProgram := table(&text, program)
	text.WriteString(testHeading)
	inTests := table(&text, tests)
	return text.Bytes(), errors.Join(inProgram, inTests)
}

func table(text *bytes.Buffer, list []module) error {
	text.WriteString("| Module | Version | Licence |\n|---|---|---|\n")
	var refused []error
	for _, m := range list {
		licence, err := m.licence()
		refused = append(refused, err)
		fmt.Fprintf(text, "| `%s` | %s | %s |\n", m.path, m.version, licence)
	}
	return errors.Join(refused...)
}
