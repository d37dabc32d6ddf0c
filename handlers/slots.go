package handlers

import "sync"

const (
	maxUploads   = 32 // that are read at once, each with 10 MB at most
	maxOfNetwork = 8  // of them for one client network: whoever sends slowly keeps a slot for a minute
)

// slots are the uploads that are being read. The zero value has none. It is safe
// for concurrent use.
type slots struct {
	mu    sync.Mutex
	taken int
	of    map[string]int // by network; no zeros
}

// take reports whether there was a slot for the network; free gives it back.
func (s *slots) take(network string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken == maxUploads || s.of[network] == maxOfNetwork {
		return false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.taken++
	s.of[network]++
	return true
}

func (s *slots) free(network string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.of[network]--; s.of[network] == 0 {
		delete(s.of, network)
	}
}
