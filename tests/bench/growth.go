package main

import (
	"context"
	"fmt"
	"time"
)

const fewUsers = 1000

func growthNames(users int) (fewRead, manyRead, fewRefresh, manyRefresh string) {
	const read, refresh = "GET current-user, cold", "POST refresh-token"
	few, many := ", "+thousands(fewUsers)+" users", ", "+thousands(users)+" users"
	return read + few, read + many, refresh + few, refresh + many
}

func growthRows(users int) []string {
	a, b, c, d := growthNames(users)
	return []string{a, b, c, d}
}

// measureGrowth compares a database of many users with one of few. Users come
// in random order and are not remembered between requests. Without a grace
// time, rows of the few, who come more often, stay as small as those of the
// many.
func measureGrowth(ctx context.Context, l *lab, e *engine, wanted selection) ([]line, error) {
	few, err := l.grow(ctx, e, fewUsers)
	if err != nil {
		return nil, err
	}
	defer few.program.stop()
	many, err := l.grow(ctx, e, l.users)
	if err != nil {
		return nil, err
	}
	defer many.program.stop()
	n, mostGrowth := l.connections, atMost(1.3, "%.2f")
	fewRead, manyRead, fewRefresh, manyRefresh := growthNames(l.users)
	return takeTurns(ctx, []*row{
		{name: fewRead, count: n, worker: few.visitors(n, (*visitor).currentUser)},
		{name: manyRead, against: fewRead, compare: cost, target: mostGrowth, count: n, worker: many.visitors(n, (*visitor).currentUser)},
		{name: fewRefresh, count: n, worker: few.visitors(n, (*visitor).rotate)},
		{name: manyRefresh, against: fewRefresh, compare: cost, target: mostGrowth, count: n, worker: many.visitors(n, (*visitor).rotate)},
	}, wanted, l.duration)
}

// grown is a database of so many users and the program that serves it.
type grown struct {
	made
	program *server
}

func (l *lab) grow(ctx context.Context, e *engine, users int) (g grown, err error) {
	if g.made, err = e.sized(ctx, users); err != nil {
		return g, err
	}
	g.program, err = l.serve(ctx, g.url, "SESSION_CACHE_TTL=0", "REFRESH_GRACE=0")
	return g, err
}

func (g grown) visitors(workers int, do func(*visitor) error) func(int) (worker, error) {
	return func(i int) (worker, error) {
		return g.visitor(g.program.address, i, workers, 0, g.users, do)
	}
}

// thousands writes 1000000 as 1,000,000.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func startRows(users int) []string {
	return []string{"start, " + thousands(fewUsers) + " users", "start, " + thousands(users) + " users"}
}

// measureStarts takes the time from starting the program on an existing
// database to its first answer.
func measureStarts(ctx context.Context, l *lab, e *engine, wanted selection) (lines []line, err error) {
	names := startRows(l.users)
	for i, users := range []int{fewUsers, l.users} {
		if !wanted.wants(names[i]) {
			continue
		}
		m, err := e.sized(ctx, users)
		if err != nil {
			return nil, err
		}
		took := make([]float64, l.starts)
		for i := range took {
			if took[i], err = l.timeStart(ctx, m.url); err != nil {
				return nil, err
			}
		}
		lines = append(lines, line{name: names[i], value: median(took), target: atMost(300, "%.0f ms")})
	}
	return lines, nil
}

func (l *lab) timeStart(ctx context.Context, url string) (milliseconds float64, err error) {
	begin := time.Now()
	program, err := l.serve(ctx, url)
	if err != nil {
		return 0, err
	}
	defer program.stop()
	if err := alive(program.address); err != nil {
		return 0, err
	}
	return float64(time.Since(begin)) / float64(time.Millisecond), nil
}
