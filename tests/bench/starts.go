package main

import (
	"context"
	"time"
)

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
