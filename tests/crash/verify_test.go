package crash

import (
	"slices"

	"sallyport/tests/harness"
)

// verify checks, on the program just started, everything that was answered
// before it was killed, and finds out what became of the rest.
func (w *world) verify() {
	for _, u := range w.users {
		w.counts.revocations.Add(u.ended())
		w.settlePassword(u)
		for _, s := range u.sessions {
			w.settle(u, s)
		}
		for _, s := range u.removeEnded() {
			w.program.WantEnded(s.tokens)
			w.endedBefore = append(w.endedBefore, s)
		}
		w.wantNoOther(u)
	}
}

// settlePassword finds out whether an unanswered change of password happened:
// one of the two passwords works, and the sessions go with it.
func (w *world) settlePassword(u *user) {
	if u.pending == "" {
		return
	}
	for _, s := range u.sessions {
		s.endings--
	}
	if w.ask(signingIn(u.name, u.password)).Status != 200 {
		w.ask(signingIn(u.name, u.pending)).Want(w.t, 200, "")
		u.password = u.pending
		for _, s := range u.sessions {
			s.ended = true
		}
		u.signIns++ // the session of the change itself
	}
	u.signIns++ // the session of this probe
	u.pending = ""
}

// settle checks a session that may live. Where a revocation of it was not
// answered it may have ended too, but then both tokens are refused.
func (w *world) settle(u *user, s *session) {
	if s.ended || w.presentFormer(s) {
		return
	}
	access := w.program.CurrentUser(s.tokens.Access)
	if s.endings > 0 && isEnded(access) {
		s.ended = true
		return
	}
	access.Want(w.t, 200, "")
	// The last answered token refreshes, or it is the one whose refresh was
	// not answered; a second try is answered with the very same successor.
	next := w.ask(refreshing(s.tokens.Refresh)).Want(w.t, 200, "").Tokens(w.t)
	again := w.ask(refreshing(s.tokens.Refresh)).Want(w.t, 200, "").Tokens(w.t)
	if next.Refresh != again.Refresh || next.Refresh == s.tokens.Refresh {
		w.t.Errorf("%s: a retry got another successor", u.name)
	}
	if s.rotated {
		w.counts.rotations.Add(1) // without it, this token would be a replay
	}
	if s.unsure {
		w.counts.retries.Add(1)
	}
	*s = session{id: s.id, tokens: again}
}

// presentFormer presents, for some sessions whose last refresh was answered, the
// token that was exchanged, long after the grace time. It is
// answered with the very same successor or ends the session, and that only where
// the successor was used. The use may have been lost: it is noted beside its
// request. It reports whether the session has ended.
func (w *world) presentFormer(s *session) (ended bool) {
	if w.former++; s.former == "" || s.unsure || w.former%3 == 0 {
		return false
	}
	answer := w.ask(refreshing(s.former))
	switch {
	case answer.Status == 200 && answer.Tokens(w.t).Refresh == s.tokens.Refresh:
		if s.used {
			w.counts.lostUses.Add(1)
		} else {
			w.counts.unused.Add(1)
		}
		return false
	case answer.Status == 401 && answer.Code == "token_reused" && s.used:
		w.counts.thefts.Add(1)
		s.ended = true
	case isEnded(answer) && s.endings > 0:
		s.ended = true
	default:
		w.t.Errorf("a former token, its successor used %v: %d %s", s.used, answer.Status, answer.Raw)
	}
	return true
}

// wantNoOther checks that the user's row holds the sessions that were answered
// and no more than those whose answer was cut off, and ends these.
func (w *world) wantNoOther(u *user) {
	if u.live() == nil {
		s := newSession(w.t, w.ask(signingIn(u.name, u.password)).Want(w.t, 200, "").Tokens(w.t))
		u.sessions = append(u.sessions, s)
	}
	unknown := w.listed(u)
	for _, s := range u.sessions {
		i := slices.Index(unknown, s.id)
		if i < 0 {
			w.t.Fatalf("%s: a session that works is not in the list", u.name)
		}
		unknown = slices.Delete(unknown, i, i+1)
	}
	if len(unknown) > u.signIns {
		w.t.Errorf("%s has %d sessions that nobody asked for", u.name, len(unknown)-u.signIns)
	}
	for _, id := range unknown {
		w.ask(ending(id, u.live().tokens.Access)).Want(w.t, 200, "")
		w.counts.orphans.Add(1)
	}
	u.signIns = 0
}

func (w *world) listed(u *user) (ids []string) {
	for _, s := range w.ask(request{"GET", harness.SessionsPath, u.live().tokens.Access, ""}).Sessions(w.t) {
		ids = append(ids, s.ID)
	}
	return ids
}

// verifyEnded checks at the end that no ended session works after a later crash.
func (w *world) verifyEnded() {
	for _, s := range w.endedBefore {
		w.program.WantEnded(s.tokens)
	}
}
