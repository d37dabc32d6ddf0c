package proofs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tally counts what happened in the histories of a test, so that a test whose
// histories never reach the interesting part fails.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (l *tally) add(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[what]++
}

func (l *tally) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[what]
}

// want fails the test for what never happened.
func (l *tally) want(t *testing.T, names []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		if l.counts[name] == 0 && !t.Failed() {
			t.Errorf("never happened: %s", name)
		}
	}
}

// log shows what happened and how often.
func (l *tally) log(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l.counts)) {
		fmt.Fprintf(&lines, "\n%8d  %s", l.counts[name], name)
	}
	t.Log(lines.String())
}
