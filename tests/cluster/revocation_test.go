package cluster

import (
	"net/http"
	"time"

	"sallyport/tests/harness"
)

const probeEvery = 10 * time.Millisecond // between two looks at an instance that still takes what was ended

// logOut ends the session of the browser.
func (b *browser) logOut() {
	if !b.useEverywhere() {
		return
	}
	s := b.session
	s.endanger()
	o := b.do(request{method: http.MethodPost, path: harness.LogoutPath})
	if o.Status == http.StatusOK {
		b.leave()
		b.ended(o.at, s)
	}
}

// endOne ends another session of the account.
func (b *browser) endOne() {
	others := b.account.besides(b.session)
	if !b.useEverywhere() || len(others) == 0 {
		return
	}
	s := others[0]
	s.endanger()
	o := b.do(request{method: http.MethodDelete, path: harness.SessionsPath + "/" + s.id})
	if b.judge(o) && o.Status == http.StatusOK {
		b.ended(o.at, s)
	}
}

// endOthers ends all other sessions of the account.
func (b *browser) endOthers() {
	a := b.account
	a.alone.Lock()
	defer a.alone.Unlock()
	others := a.besides(b.session)
	endanger(others)
	o := b.do(request{method: http.MethodDelete, path: harness.SessionsPath})
	if o.unknown() {
		a.lose()
	}
	if b.judge(o) {
		b.ended(o.at, others...)
	}
}

// changePassword ends all sessions of the account and begins one.
func (b *browser) changePassword() {
	a := b.account
	a.alone.Lock()
	defer a.alone.Unlock()
	known := a.passwords()
	if len(known) > 1 {
		b.use()
		return
	}
	all, next := a.besides(nil), b.newPassword()
	endanger(all)
	a.setPasswords(known[0], next)
	o := b.do(request{method: http.MethodPost, path: harness.ChangePasswordPath, body: harness.PasswordChange(known[0], next), guarded: true})
	switch {
	case o.unknown():
		a.lose()
	case b.judge(o):
		b.leave()
		a.setPasswords(next, "")
		b.arrived(o)
		b.ended(o.at, all...)
		b.report.changed()
	default:
		a.setPasswords(known[0], "") // it was refused
	}
}

func endanger(sessions []*session) {
	for _, s := range sessions {
		s.endanger()
	}
}

// ended takes in the answer to a revocation, and looks how long each instance goes on
// with what it has ended.
func (w *world) ended(at time.Time, sessions ...*session) {
	for _, s := range sessions {
		if !s.end(at) {
			continue
		}
		w.report.revoked()
		w.mu.Lock()
		w.gone = append(w.gone, s)
		w.mu.Unlock()
		for _, i := range w.cluster.Instances {
			w.probing.Go(func() { w.probe(s, at, i) })
		}
	}
}

// probe presents the access token of an ended session to an instance until that
// refuses it. An instance that cannot answer is asked again at the end of the run.
func (w *world) probe(s *session, ended time.Time, i *harness.Instance) {
	access, _ := s.tokens()
	client := &http.Client{Transport: w.network, Timeout: patience}
	for time.Since(ended) < bound+time.Second {
		o := w.send(client, i.URL(), request{method: http.MethodGet, path: harness.CurrentUserPath, cookies: "accessToken=" + access, address: "192.0.2.2", probe: true})
		if o.Status == http.StatusUnauthorized {
			return
		}
		wait := probeEvery // other processes: there is no clock to inject
		if o.unknown() {
			wait *= 10
		} else {
			w.report.reached(ended, o)
		}
		time.Sleep(wait)
	}
}
