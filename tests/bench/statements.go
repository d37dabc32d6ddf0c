package main

import (
	"context"
	"fmt"
	"io"
)

// statementRows are the operations whose statements are counted. current-user
// is cold when the program has not seen the user for a while.
var statementRows = []string{
	"statements: GET current-user, warm",
	"statements: GET current-user, cold",
	"statements: POST refresh-token",
	"statements: POST login",
}

const countedCalls = 10 // of each operation; the table shows the most that one took

// measureStatements counts in a program inside this process.
func measureStatements(ctx context.Context, l *lab, e *engine, _ selection) ([]line, error) {
	p, err := newPopulation(3*countedCalls, 0)
	if err != nil {
		return nil, err
	}
	url, err := e.filled(ctx, p)
	if err != nil {
		return nil, err
	}
	inside, err := serveInside(ctx, l.environment(url), l.dir, io.Discard)
	if err != nil {
		return nil, err
	}
	defer inside.close()

	counted := []struct {
		target   target
		from, to int // users
		do       func(*visitor) error
	}{
		{atMost(0, "%.0f"), 0, 1, (*visitor).currentUser},
		{atMost(1, "%.0f"), 1, 1 + countedCalls, (*visitor).currentUser},
		{atMost(2, "%.0f"), 1 + countedCalls, 1 + 2*countedCalls, (*visitor).rotate},
		{target{format: "%.0f"}, 1, 1 + countedCalls, (*visitor).login},
	}
	lines := make([]line, len(counted))
	for i, c := range counted {
		once, err := p.visitor(inside.address, 0, 1, c.from, c.to, c.do)
		if err != nil {
			return nil, err
		}
		most, err := inside.most(once)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", statementRows[i], err)
		}
		lines[i] = line{name: statementRows[i], value: float64(most), target: c.target}
	}
	return lines, nil
}

// most returns the most statements that one of several calls takes. The call
// before them fills what is filled once.
func (s *inside) most(once worker) (most int64, err error) {
	if err := once(); err != nil {
		return 0, err
	}
	for range countedCalls {
		before := s.count.Load()
		if err := once(); err != nil {
			return 0, err
		}
		most = max(most, s.count.Load()-before)
	}
	return most, nil
}
