package middleware

import "sync"

const maxHinted = 100 // anybody can send another origin

// hinted remembers of what the log has said already how to mend it: a hint is
// for the operator, and once is enough. It is safe for concurrent use.
type hinted struct {
	mu sync.Mutex
	of map[string]bool
}

// first reports whether this is the first hint of it. After 100 there are no more.
func (h *hinted) first(what string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of[what] || len(h.of) >= maxHinted {
		return false
	}
	if h.of == nil {
		h.of = map[string]bool{}
	}
	h.of[what] = true
	return true
}
