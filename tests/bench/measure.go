package main

import (
	"slices"
	"sync"
	"time"
)

// worker sends one request on a connection of its own and reads the answer.
type worker func() error

// result is what the workers of a row got done.
type result struct {
	took    []time.Duration // of each answer
	elapsed time.Duration
	rates   []float64 // answers per second, of each turn
	failed  int
	err     error // one of the failures
}

// measure lets the workers repeat their request for d, each at least once. A
// worker stops at its first failure. The time counts until the last answer, so
// a queue that is worked off at the end costs nothing.
func measure(workers []worker, d time.Duration) result {
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
	all := result{}
	for _, r := range results {
		all.add(r)
	}
	all.elapsed = time.Since(start)
	all.rates = []float64{all.rate()}
	return all
}

func (r *result) add(other result) {
	r.took = append(r.took, other.took...)
	r.elapsed += other.elapsed
	r.rates = append(r.rates, other.rates...)
	r.failed += other.failed
	if r.err == nil {
		r.err = other.err
	}
}

// rate is answers per second, over all turns.
func (r *result) rate() float64 {
	if r.elapsed == 0 {
		return 0
	}
	return float64(len(r.took)) / r.elapsed.Seconds()
}

// percentile is 0 where nothing was answered.
func (r *result) percentile(p int) time.Duration {
	if len(r.took) == 0 {
		return 0
	}
	slices.Sort(r.took)
	return r.took[(len(r.took)-1)*p/100]
}

// ratio is the median over the turns of how much faster a was than b. A burst
// of other work on the machine spoils the turn it falls into and no other.
func ratio(a, b result) float64 {
	turns := min(len(a.rates), len(b.rates))
	ratios := make([]float64, turns)
	for i := range turns {
		ratios[i] = a.rates[i] / b.rates[i]
	}
	return median(ratios)
}

// median is 0 where there are no values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// measurePaced lets each worker repeat its request at fixed times, and counts
// each answer from when its request was due: a server that stalls makes all
// that are due meanwhile late, not only the one that happened to be sent.
func measurePaced(workers []worker, every, d time.Duration) result {
	results := make([]result, len(workers))
	var group sync.WaitGroup
	start := time.Now()
	for i, once := range workers {
		offset := every * time.Duration(i) / time.Duration(len(workers))
		group.Go(func() {
			for due := start.Add(offset); due.Sub(start) <= d; due = due.Add(every) {
				time.Sleep(time.Until(due))
				if err := once(); err != nil {
					results[i].failed, results[i].err = 1, err
					return
				}
				results[i].took = append(results[i].took, time.Since(due))
			}
		})
	}
	group.Wait()
	all := result{}
	for _, r := range results {
		all.add(r)
	}
	all.elapsed = time.Since(start)
	return all
}
