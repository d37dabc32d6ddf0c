package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"sallyport/config"
	"sallyport/transfer"
)

// importCommand adds the users of Streamify.
type importCommand struct {
	output
	File   string `arg:"" help:"What mongoexport has written of the collection users: JSON lines or an array."`
	DryRun bool   `help:"Write nothing, and say what would be imported."`
	Report string `placeholder:"FILE" help:"Write the whole report into this file, as JSON. It holds names and addresses."`
}

// Help implements kong.HelpProvider.
func (c *importCommand) Help() string {
	return "Users keep their passwords. A second import of the same file adds those who are missing and changes nobody. " +
		"The exit code is 1 if somebody was refused. See docs/moving.md."
}

func (c *importCommand) Run(ctx context.Context, sh shell) error {
	return sh.withSchema(ctx, config.LoadDatabase, func(p program) error {
		if err := c.checkReport(); err != nil {
			return err
		}
		bar := newProgress(p.stderr, "bytes")
		report, err := transfer.Import(ctx, transfer.ImportOptions{File: c.File, To: p.store, DryRun: c.DryRun, Progress: bar.show, Now: time.Now})
		bar.end()
		if err != nil && report.Documents == 0 {
			return errors.Join(c.write(report), err)
		}
		if err == nil && report.Refused > 0 {
			err = fmt.Errorf("%d of %d users were refused", report.Refused, report.Documents)
		}
		return errors.Join(c.write(report), c.print(p.stdout, report, c.text(report)), err)
	})
}

// checkReport fails, before anything is imported, where the report cannot be written,
// or would take the place of what is to be imported.
func (c *importCommand) checkReport() error {
	if c.Report == "" {
		return nil
	}
	file, err := os.OpenFile(c.Report, os.O_WRONLY|os.O_CREATE, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	there, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	if users, err := os.Stat(c.File); err == nil && os.SameFile(users, there) {
		return usageError{errors.New("--report names the file with the users, which it would replace"), "sallyport import --help"}
	}
	return nil
}

// write writes the report into the file, if there is one to write.
func (c *importCommand) write(report transfer.ImportReport) error {
	if c.Report == "" {
		return nil
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.Report, append(text, '\n'), 0o600)
}

// mostLines of each kind are printed for people; the report has all.
const mostLines = 20

func (c *importCommand) text(report transfer.ImportReport) string {
	var b strings.Builder
	var problems, groups, leftOut []string
	for _, problem := range report.Problems {
		problems = append(problems, problem.String())
	}
	for _, group := range report.Groups {
		groups = append(groups, group.String())
	}
	for _, left := range report.LeftOut {
		leftOut = append(leftOut, left.String())
	}
	c.list(&b, "Refused:", problems)
	c.list(&b, "Refused, because several users have one name:", groups)
	c.list(&b, "Imported without a picture:", leftOut)
	imported := "imported"
	if report.DryRun {
		imported = "would be imported; nothing was written"
	}
	fmt.Fprintf(&b, "%d users %s, %d were there already, %d refused\n", report.Imported, imported, report.AlreadyThere, report.Refused)
	return b.String()
}

func (c *importCommand) list(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(b, title)
	for _, line := range lines[:min(mostLines, len(lines))] {
		fmt.Fprintln(b, " ", line)
	}
	if more := len(lines) - mostLines; more > 0 {
		fmt.Fprintf(b, "  and %d more: --report FILE writes them all\n", more)
	}
	fmt.Fprintln(b)
}
