package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestMeasure_FailuresAreCounted(t *testing.T) {
	refused := errors.New("refused")
	r := measure([]worker{func() error { return nil }, func() error { return refused }}, 0)
	if r.failed != 1 || r.err != refused || len(r.took) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestMeasure_CountsWholeAnswersOverTheWholeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func() error { time.Sleep(400 * time.Millisecond); return nil }
		r := measure([]worker{slow, slow}, time.Second) // three answers each, the last at 1.2 s
		if len(r.took) != 6 || r.elapsed != 1200*time.Millisecond || r.rate() != 5 || r.percentile(99) != 400*time.Millisecond {
			t.Errorf("%+v", r)
		}
	})
}

func TestMeasurePaced_AStallMakesAllThatWereDueLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		stallOnce := func() error {
			if calls++; calls == 3 { // due at 20 ms
				time.Sleep(45 * time.Millisecond)
			}
			return nil
		}
		r := measurePaced([]worker{stallOnce}, 10*time.Millisecond, 90*time.Millisecond)
		late := map[time.Duration]int{}
		for _, took := range r.took {
			late[took.Truncate(time.Millisecond)]++
		}
		const ms = time.Millisecond
		if len(r.took) != 10 || late[0] != 5 || late[45*ms] != 1 || late[35*ms] != 1 || late[5*ms] != 1 {
			t.Errorf("%v", r.took)
		}
	})
}

func TestPercentile(t *testing.T) {
	r := result{}
	for i := 100; i > 0; i-- {
		r.took = append(r.took, time.Duration(i))
	}
	for p, want := range map[int]time.Duration{0: 1, 50: 50, 99: 99, 100: 100} {
		if got := r.percentile(p); got != want {
			t.Errorf("p%d is %d, want %d", p, got, want)
		}
	}
	if got := new(result).percentile(99); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}

func TestRatio_OneSpoiledTurnChangesNothing(t *testing.T) {
	own := result{rates: []float64{60, 1, 66}} // the machine did something else in the second
	base := result{rates: []float64{100, 100, 110}}
	if got := share(own, base); got != 0.6 {
		t.Errorf("share %v", got)
	}
	if got := cost(result{rates: []float64{50}}, result{rates: []float64{65}}); got != 1.3 {
		t.Errorf("cost %v", got)
	}
}

func TestMedian(t *testing.T) {
	for want, values := range map[float64][]float64{0: nil, 3: {3}, 2.5: {4, 1, 3, 2}, 7: {9, 7, 1}} {
		if got := median(values); got != want {
			t.Errorf("%v: %v, want %v", values, got, want)
		}
	}
}
