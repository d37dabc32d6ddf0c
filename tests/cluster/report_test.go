package cluster

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"sallyport/tests/harness"
)

// trouble is which requests may fail.
type trouble int

const (
	nothing trouble = iota
	guarded         // those that a limit of guesses counts: it fails closed
	anything
)

// report counts, for each phase of a run, what was done and what went wrong.
type report struct {
	mu         sync.Mutex
	phases     []*phase
	windows    []window
	violations []string
}

// window is a time in which requests may fail.
type window struct {
	trouble     trouble
	from, until time.Time
}

// phase is one row of the table.
type phase struct {
	name                                string
	requests, refreshes, rotated, again int
	caught, revoked, changed            int
	during, beside                      int           // errors while something was down, and while nothing was
	slowest                             time.Duration // until a revocation was in effect elsewhere
	violations                          int
}

// begin begins a phase, in which something breaks unless trouble is nothing.
func (r *report) begin(name string, t trouble) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.phases = append(r.phases, &phase{name: name})
	r.windows = append(r.windows, window{t, now, now.Add(time.Hour)})
}

// repaired says that nothing is broken any more.
func (r *report) repaired() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.windows[len(r.windows)-1].until = time.Now().Add(settling)
}

// add changes the counts of the phase.
func (r *report) add(change func(p *phase)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.phases[len(r.phases)-1])
}

func (r *report) rotated() { r.add(func(p *phase) { p.rotated++ }) }
func (r *report) again()   { r.add(func(p *phase) { p.again++ }) }
func (r *report) caught()  { r.add(func(p *phase) { p.caught++ }) }
func (r *report) revoked() { r.add(func(p *phase) { p.revoked++ }) }
func (r *report) changed() { r.add(func(p *phase) { p.changed++ }) }

// count counts a request, and its failure.
func (r *report) count(o outcome) {
	r.add(func(p *phase) {
		p.requests++
		if o.request.path == harness.RefreshPath {
			p.refreshes++
		}
		switch {
		case !o.unknown() || o.request.probe:
		case r.mayFail(o):
			p.during++
		default:
			p.beside++
			r.remember(fmt.Sprintf("%s: an error while nothing that it needs is down: %s %s: %d %s %v", p.name, o.request.method, o.request.path, o.Status, o.Raw, o.err))
		}
	})
}

func (r *report) mayFail(o outcome) bool {
	for _, w := range r.windows {
		allowed := w.trouble == anything || w.trouble == guarded && o.request.guarded
		if allowed && o.at.After(w.from) && o.began.Before(w.until) {
			return true
		}
	}
	return false
}

// violate notes that something did not hold.
func (r *report) violate(format string, args ...any) {
	r.add(func(p *phase) {
		p.violations++
		r.remember(p.name + ": " + fmt.Sprintf(format, args...))
	})
}

const shown = 20 // violations and errors

func (r *report) remember(line string) {
	if len(r.violations) < shown {
		r.violations = append(r.violations, line)
	}
}

// reached takes in that a request was answered with success for a session that may
// have ended before it was sent.
func (r *report) reached(ended time.Time, o outcome) {
	if ended.IsZero() || !o.began.After(ended) {
		return
	}
	late := o.began.Sub(ended)
	r.add(func(p *phase) { p.slowest = max(p.slowest, late) })
	if late > bound {
		r.violate("a session works %v after its end: %s %s", late, o.request.method, o.request.path)
	}
}

// want fails the test for what did not hold, and where it had nothing to check.
func (r *report) want(t *testing.T) {
	t.Helper()
	for _, line := range r.violations {
		t.Error(line)
	}
	all := r.total()
	for what, n := range map[string]int{
		"rotation": all.rotated, "second answer": all.again, "theft": all.caught, "revocation": all.revoked, "error while something was down": all.during,
	} {
		if n == 0 {
			t.Errorf("not one %s in the whole run", what)
		}
	}
}

func (r *report) total() (all phase) {
	all.name = "all"
	for _, p := range r.phases {
		all.requests += p.requests
		all.refreshes += p.refreshes
		all.rotated += p.rotated
		all.again += p.again
		all.caught += p.caught
		all.revoked += p.revoked
		all.changed += p.changed
		all.during += p.during
		all.beside += p.beside
		all.slowest = max(all.slowest, p.slowest)
		all.violations += p.violations
	}
	return all
}

// String is the table.
func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "requests\trefreshes\trotated\tanswered again\tthefts found\tsessions ended\tpasswords changed\terrors while down\terrors else\tin effect after\tviolations\t  \t")
	total := r.total()
	for _, p := range append(r.phases, &total) {
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d ms\t%d\t  %s\n",
			p.requests, p.refreshes, p.rotated, p.again, p.caught, p.revoked, p.changed, p.during, p.beside, p.slowest.Milliseconds(), p.violations, p.name)
	}
	_ = table.Flush() // into memory
	return text.String()
}
