package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"sallyport/tests/harness"
)

// section is rows that are measured together.
type section struct {
	engine  string // the only database that it is about; "" is each
	rows    []string
	measure func(context.Context, *lab, *engine, selection) ([]line, error)
}

func sections(o options) []section {
	return []section{
		{"", throughputRows, measureThroughput},
		{postgresName, yardstickRows, measureYardsticks},
		{"", statementRows, measureStatements},
		{"", stormRows(o.logins), measureStorm},
		{"", growthRows(o.users), measureGrowth},
		{"", startRows(o.users), measureStarts},
	}
}

// wanted reports whether a row of the section is wanted on this database.
func (s section) wanted(rows selection) bool {
	return (s.engine == "" || s.engine == rows.database) && slices.ContainsFunc(s.rows, rows.wants)
}

// wantedEngines are the databases with wanted rows; stop ends the server that
// was started for them.
func wantedEngines(o options, dir string) (engines []*engine, stop func(), err error) {
	stop = func() {}
	if o.wantsAny(sqliteName) {
		engines = append(engines, sqliteEngine(dir))
	}
	if o.wantsAny(postgresName) {
		server, err := harness.StartPostgres()
		var missing harness.MissingError
		switch {
		case err == nil:
			stop = server.Stop
		case !errors.As(err, &missing):
			return nil, stop, err
		}
		engines = append(engines, postgresEngine(server, err))
	}
	if len(engines) == 0 {
		err = fmt.Errorf("no row matches %s", o.rows)
	}
	return engines, stop, err
}

func (o options) wantsAny(engine string) bool {
	return slices.ContainsFunc(sections(o), func(s section) bool { return s.wanted(selection{o.rows, engine}) })
}

// measure prints the wanted rows of one database.
func (l *lab) measure(ctx context.Context, e *engine, w io.Writer) error {
	wanted := selection{l.rows, e.name}
	printHeader(w, e.name)
	var failures []error
	for _, s := range sections(l.options) {
		if !s.wanted(wanted) {
			continue
		}
		lines, err := missing(s.rows, e.missing), error(nil)
		if e.missing == nil {
			lines, err = s.measure(ctx, l, e, wanted)
		}
		failures = append(failures, err)
		for _, line := range lines {
			line.print(w)
		}
	}
	return errors.Join(failures...)
}

// missing is lines that only say why they are empty.
func missing(rows []string, why error) (lines []line) {
	for _, row := range rows {
		lines = append(lines, line{name: row, note: fmt.Sprint(why)})
	}
	return lines
}
