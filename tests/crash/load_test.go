package crash

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/tests/harness"
)

// device is one client of a user during one run of the program. Its methods
// report whether the program still answers.
type device struct {
	*world
	client  *http.Client
	user    *user
	session *session
	random  *rand.Rand
	quota   int // things to do; a device that is done waits; its last request was answered
}

// loadUntilKilled lets every device of every user work, and kills the program
// after a random number of answers, a random moment later.
func (w *world) loadUntilKilled(random *rand.Rand) {
	transport := &http.Transport{MaxIdleConnsPerHost: 3 * users * devices}
	defer transport.CloseIdleConnections()
	deadline, pause := int64(1+random.IntN(maxAnswers)), time.Duration(random.IntN(3000))*time.Microsecond
	var answers atomic.Int64
	enough := make(chan struct{}, 2)
	var wg sync.WaitGroup
	for _, d := range w.devices(transport, random) {
		wg.Go(func() {
			for ; d.quota > 0 && d.work(); d.quota-- {
				if answers.Add(1) == deadline {
					enough <- struct{}{}
				}
			}
		})
	}
	go func() { wg.Wait(); enough <- struct{}{} }()
	<-enough
	time.Sleep(pause) // another process: there is no clock to inject
	w.program.Kill()
	wg.Wait()
}

func (w *world) devices(transport http.RoundTripper, random *rand.Rand) (all []*device) {
	for _, u := range w.users {
		for i := range devices {
			d := &device{world: w, user: u, client: &http.Client{Transport: transport},
				random: rand.New(rand.NewPCG(random.Uint64(), uint64(i))), quota: 1 + random.IntN(maxQuota)}
			if i < len(u.sessions) {
				d.session = u.sessions[i]
			}
			all = append(all, d)
		}
	}
	return all
}

// work does one thing that a client does.
func (d *device) work() bool {
	if d.over() {
		return d.signIn()
	}
	switch n := d.random.IntN(100); {
	case n < 3:
		return d.logout()
	case n < 6:
		return d.endAnother()
	case n < 9:
		return d.changePassword()
	case n < 39:
		return d.use()
	case n < 50:
		return d.refresh(2 + d.random.IntN(3)) // tabs
	default:
		return d.refresh(1)
	}
}

func (d *device) over() bool {
	d.user.mu.Lock()
	defer d.user.mu.Unlock()
	return d.session == nil || d.session.ended
}

// refresh presents the token from several tabs at once. The session may be
// revoked at the same time; only then may the answer be 401.
func (d *device) refresh(tabs int) bool {
	s := d.session
	d.user.mu.Lock()
	wasEnded, presented := s.ended, s.tokens.Refresh
	s.unsure = true
	d.user.mu.Unlock()
	var wg sync.WaitGroup
	answered := make(chan harness.Answer, tabs)
	for range tabs {
		wg.Go(func() {
			if answer, ok := d.try(d.client, refreshing(presented)); ok {
				answered <- answer
			}
		})
	}
	wg.Wait()
	close(answered)
	alive := len(answered) == tabs
	d.user.mu.Lock()
	defer d.user.mu.Unlock()
	for answer := range answered {
		d.learn(s, wasEnded, presented, answer)
	}
	return alive
}

// learn takes in one answer to a refresh of a token.
func (d *device) learn(s *session, wasEnded bool, presented string, answer harness.Answer) {
	switch {
	case answer.Status == 200 && wasEnded:
		d.t.Errorf("a session that was ended is refreshed: %s", answer.Raw)
	case answer.Status == 200:
		next := answer.Tokens(d.t)
		if s.tokens.Refresh != presented && s.tokens.Refresh != next.Refresh {
			d.t.Error("two tabs got different successors")
		}
		if next.Refresh != s.tokens.Refresh {
			s.used = false
		}
		s.tokens, s.former, s.unsure, s.rotated = next, presented, false, true
	case isEnded(answer) && (s.ended || s.endings > 0):
	default:
		d.t.Errorf("refresh: %d %s", answer.Status, answer.Raw)
	}
}

// use presents the access token, which may be the first use of the refresh token.
func (d *device) use() bool {
	s := d.session
	d.note(func() { s.used = true })
	answer, ok := d.try(d.client, request{"GET", harness.CurrentUserPath, s.tokens.Access, ""})
	if !ok {
		return false
	}
	d.note(func() {
		if answer.Status != 200 && !(isEnded(answer) && (s.ended || s.endings > 0)) {
			d.t.Errorf("current user: %d %s", answer.Status, answer.Raw)
		}
	})
	return true
}

func (d *device) logout() bool {
	return d.end(d.session, loggingOut(d.session.tokens.Refresh))
}

// endAnother ends some other session of the user.
func (d *device) endAnother() bool {
	d.user.mu.Lock()
	target := d.user.sessions[d.random.IntN(len(d.user.sessions))]
	d.user.mu.Unlock()
	return d.end(target, ending(target.id, d.session.tokens.Access))
}

// end sends a revocation of s.
func (d *device) end(s *session, r request) bool {
	d.note(func() {
		s.endings++
		d.session.used = d.session.used || r.access != ""
	})
	answer, ok := d.try(d.client, r)
	if !ok {
		return false
	}
	d.note(func() {
		s.endings--
		switch {
		case answer.Status == 200:
			s.ended = true
		case answer.Status == 404 && (s.ended || s.endings > 0): // another device was first
		case isEnded(answer) && (d.session.ended || d.session.endings > 0): // the one who asks is ended too
		default:
			d.t.Errorf("%s %s: %d %s", r.method, r.path, answer.Status, answer.Raw)
		}
	})
	return true
}

// changePassword ends every session of the user and begins a new one.
func (d *device) changePassword() bool {
	u := d.user
	if !u.alone.TryLock() {
		return d.refresh(1)
	}
	defer u.alone.Unlock()
	var concerned []*session
	d.note(func() {
		u.pending, d.session.used = other(u.password), true
		concerned = append(concerned, u.sessions...)
		for _, s := range concerned {
			s.endings++
		}
	})
	answer, ok := d.try(d.client, changing(u.password, u.pending, d.session.tokens.Access))
	if !ok {
		return false
	}
	d.note(func() { d.learnPassword(concerned, answer) })
	return true
}

func (d *device) learnPassword(concerned []*session, answer harness.Answer) {
	u := d.user
	for _, s := range concerned {
		s.endings--
		s.ended = s.ended || answer.Status == 200
	}
	switch {
	case answer.Status == 200:
		u.password = u.pending
		d.session = newSession(d.t, answer.Tokens(d.t))
		u.sessions = append(u.sessions, d.session)
		d.counts.passwords.Add(1)
	case isEnded(answer) && (d.session.ended || d.session.endings > 0):
	case answer.Code != "too_busy":
		d.t.Errorf("change of password: %d %s", answer.Status, answer.Raw)
	}
	u.pending = ""
}

// signIn begins a session in place of the one that ended.
func (d *device) signIn() bool {
	u := d.user
	u.alone.Lock()
	defer u.alone.Unlock()
	d.note(func() { u.signIns++ })
	answer, ok := d.try(d.client, signingIn(u.name, u.password))
	if !ok {
		return false
	}
	d.note(func() {
		u.signIns--
		if answer.Status == 200 {
			d.session = newSession(d.t, answer.Tokens(d.t))
			u.sessions = append(u.sessions, d.session)
		} else if answer.Code != "too_busy" {
			d.t.Errorf("sign-in: %d %s", answer.Status, answer.Raw)
		}
	})
	return true
}

func (d *device) note(change func()) {
	d.user.mu.Lock()
	defer d.user.mu.Unlock()
	change()
}
