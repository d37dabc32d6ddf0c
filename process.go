package main

import (
	"runtime"
	"runtime/debug"
	"sync"

	"sallyport/auth/password"
)

// tuneProcess sets what the Go runtime does beside password hashing, the one
// thing here that fills the processors and the memory.
func tuneProcess(hasher *password.Hasher) {
	// As many hashes run at once as there are processors, each for milliseconds
	// without a pause; one thread more runs everything else meanwhile. Without
	// it the median of current-user in a storm of sign-ins is 11 ms and not 2.5.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	gc := &stormGC{}
	hasher.OnWait(gc.begin, gc.end)
	debug.FreeOSMemory() // what the start has left: a hash of 19 MiB, and word lists
}

// stormPercent is the garbage collector's GOGC while hashes wait: the heap then
// grows by 60 % between two collections and not by 100 %. Each hash leaves
// 19 MiB behind, so that keeps the peak of 200 sign-ins 35 MiB lower on two
// processors. At rest there is nothing to gain, and every request would pay.
const stormPercent = 60

// stormGC counts the hashes that wait.
type stormGC struct {
	mu      sync.Mutex
	waiting int
	usual   int // GOGC at rest
}

func (s *stormGC) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting++; s.waiting == 1 {
		s.usual = debug.SetGCPercent(stormPercent)
	}
}

func (s *stormGC) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting--; s.waiting == 0 {
		debug.SetGCPercent(s.usual)
	}
}
