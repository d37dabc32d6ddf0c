package main

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// result is what the workers of a row got done.
type result struct {
	took    []time.Duration // of each answer
	elapsed time.Duration
	failed  int
	err     error // one of the failures
}

// measure lets the workers repeat their request for d, each at least once. A
// worker stops at its first failure. The time counts until the last answer, so
// a queue that is worked off at the end costs nothing.
func measure(workers []func() error, d time.Duration) result {
	results := make([]result, len(workers))
	var group sync.WaitGroup
	start := time.Now()
	for i, once := range workers {
		group.Go(func() {
			for sent := start; ; {
				if err := once(); err != nil {
					results[i].failed, results[i].err = 1, err
					return
				}
				answered := time.Now()
				results[i].took = append(results[i].took, answered.Sub(sent))
				if sent = answered; answered.Sub(start) >= d {
					return
				}
			}
		})
	}
	group.Wait()
	all := result{elapsed: time.Since(start)}
	for _, r := range results {
		all.add(r)
	}
	return all
}

func (r *result) add(other result) {
	r.took = append(r.took, other.took...)
	r.elapsed += other.elapsed
	r.failed += other.failed
	if r.err == nil {
		r.err = other.err
	}
}

// rate is answers per second.
func (r *result) rate() float64 {
	return float64(len(r.took)) / r.elapsed.Seconds()
}

// percentile needs took to be sorted.
func (r *result) percentile(p int) time.Duration {
	if len(r.took) == 0 {
		return 0
	}
	return r.took[(len(r.took)-1)*p/100].Round(10 * time.Microsecond)
}

func printTable(w io.Writer, rows []*row) {
	rates := map[string]float64{}
	fmt.Fprintf(w, "%-31s %10s %7s %8s  %-8s %9s %9s\n", "operation", "answers/s", "ratio", "target", "", "p50", "p99")
	for _, r := range rows {
		slices.Sort(r.result.took)
		rates[r.name] = r.result.rate()
		ratio, target, met := "", "", ""
		if r.against != "" {
			quotient := rates[r.name] / rates[r.against]
			ratio, target, met = fmt.Sprintf("%.2f", quotient), fmt.Sprintf("≥ %.2f", r.target), "missed"
			if quotient >= r.target {
				met = "met"
			}
		}
		fmt.Fprintf(w, "%-31s %10.0f %7s %8s  %-8s %9s %9s\n", r.name, rates[r.name], ratio, target, met,
			r.result.percentile(50), r.result.percentile(99))
	}
	fmt.Fprintf(w, "\nRatios are to the %s, of POST login to %s.\n", bareGin, rawHash)
}
