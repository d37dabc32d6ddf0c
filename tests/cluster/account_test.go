package cluster

import (
	"sync"
	"time"
)

// account is what its browsers know of it together.
type account struct {
	name string
	// alone is held by a change that concerns all sessions, and shared by sign-ins,
	// so that it is known which sessions the change ends.
	alone sync.RWMutex

	mu        sync.Mutex
	id        string
	sessions  []*session // begun and not known to be over
	password  string
	other     string    // a password whose change was not answered: it may be the right one
	unsettled time.Time // until then a change without an answer may still happen
}

// session is one sign-in. Where a revocation was sent it may have ended; where that
// was answered it has.
type session struct {
	id      string
	account *account
	begun   time.Time

	mu      sync.Mutex
	sent    int       // revocations that were sent
	ended   time.Time // when the first revocation of it was answered; zero: none was
	access  string    // its latest tokens, as its browser got them
	refresh string
}

func newAccount(name string) *account { return &account{name: name, password: firstPassword} }

const firstPassword = "engine-no-1-plan"

// begin adds a session that was answered now.
func (a *account) begin(user, id, access, refresh string) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.id = user
	s := &session{id: id, account: a, begun: time.Now(), access: access, refresh: refresh}
	if time.Now().Before(a.unsettled) {
		s.sent++
	}
	a.sessions = append(a.sessions, s)
	return s
}

// remove forgets a session that is over.
func (a *account) remove(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.sessions {
		if a.sessions[i] == s {
			a.sessions = append(a.sessions[:i:i], a.sessions[i+1:]...)
			return
		}
	}
}

// besides returns the sessions of the account but for one.
func (a *account) besides(one *session) (others []*session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sessions {
		if s != one {
			others = append(others, s)
		}
	}
	return others
}

// lose notes that nobody knows what became of a change of several sessions.
func (a *account) lose() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unsettled = time.Now().Add(2 * patience)
}

// passwords returns the ones that may be right, the likelier first.
func (a *account) passwords() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.other == "" {
		return []string{a.password}
	}
	return []string{a.password, a.other}
}

func (a *account) setPasswords(password, other string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.password, a.other = password, other
}

// endanger notes that a revocation is sent.
func (s *session) endanger() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
}

// end notes that a revocation was answered; first, that it was the first one.
func (s *session) end(at time.Time) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first = s.ended.IsZero(); first {
		s.ended = at
	}
	return first
}

func (s *session) state() (sent int, ended time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent, s.ended
}

func (s *session) learn(access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access, s.refresh = access, refresh
}

func (s *session) tokens() (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.access, s.refresh
}
