package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// row is an operation whose rate is compared with another's.
type row struct {
	name    string
	against string                          // the row it is compared with, "" for none
	compare func(own, other result) float64 // what its target is about
	target  target
	count   int // of workers
	worker  func(i int) (worker, error)

	workers []worker
	result  result
}

// share is how much of the other's rate the row reaches.
func share(own, other result) float64 { return ratio(own, other) }

// cost is how many times the other's time the row takes.
func cost(own, other result) float64 { return ratio(other, own) }

const slice = 500 * time.Millisecond // rows take turns this long, so that a drifting machine drifts for all of them

// takeTurns measures the wanted rows, and those they are compared with, for
// duration each. An answer other than 2xx is an error.
func takeTurns(ctx context.Context, rows []*row, wanted selection, duration time.Duration) ([]line, error) {
	rows = needed(rows, wanted)
	if err := prepare(rows); err != nil {
		return nil, err
	}
	for turn := -1; turn == -1 || time.Duration(turn)*slice < duration; turn++ { // the first warms up
		for _, r := range rows {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			result := measure(r.workers, min(slice, duration))
			if turn >= 0 || result.err != nil {
				r.result.add(result)
			}
		}
	}
	return lines(rows)
}

func needed(rows []*row, wanted selection) []*row {
	var against []string
	for _, r := range rows {
		if wanted.wants(r.name) {
			against = append(against, r.against)
		}
	}
	return slices.DeleteFunc(rows, func(r *row) bool {
		return !wanted.wants(r.name) && !slices.Contains(against, r.name)
	})
}

// prepare makes the workers of all rows.
func prepare(rows []*row) error {
	var group errgroup.Group
	group.SetLimit(32) // as many as there are connections
	for _, r := range rows {
		r.workers = make([]worker, r.count)
		for i := range r.workers {
			group.Go(func() (err error) {
				r.workers[i], err = r.worker(i)
				return err
			})
		}
	}
	return group.Wait()
}

func lines(rows []*row) (lines []line, err error) {
	results := map[string]result{}
	for _, r := range rows {
		results[r.name] = r.result
		if r.result.err != nil {
			err = errors.Join(err, fmt.Errorf("%s: %d errors, one of them: %w", r.name, r.result.failed, r.result.err))
		}
	}
	for _, r := range rows {
		l := line{name: r.name, target: r.target, result: r.result}
		if r.compare != nil {
			l.value = r.compare(r.result, results[r.against])
		}
		lines = append(lines, l)
	}
	return lines, err
}
