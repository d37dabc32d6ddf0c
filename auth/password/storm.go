package password

import (
	"runtime/debug"
	"sync"
)

// stormGC is the garbage collector's GOGC while hashes wait: the heap then
// grows by 60 % between two collections and not by 100 %. Each hash leaves
// 19 MiB behind, so that keeps a storm of sign-ins near 160 MiB on two cores.
// At rest there is nothing to gain from it, and every request would pay.
const stormGC = 60 // percent

// storm counts the hashes that wait for a slot. It steers the garbage collector
// of the whole process: one Hasher in a process should be enough.
type storm struct {
	mu      sync.Mutex
	waiting int
	usual   int // GOGC at rest
}

func (s *storm) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting++; s.waiting == 1 {
		s.usual = debug.SetGCPercent(stormGC)
	}
}

func (s *storm) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting--; s.waiting == 0 {
		debug.SetGCPercent(s.usual)
	}
}
