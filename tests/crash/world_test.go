package crash

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sallyport/tests/harness"
)

// world is what the clients know: what was answered, and what was sent and
// never answered.
type world struct {
	t           *testing.T
	program     *harness.Process
	users       []*user
	endedBefore []*session // ended, checked and checked again at the end
	former      int        // sessions whose former token could be presented
	counts      counts
}

// user is one account. mu guards what is known of it and its sessions, and is
// not held during a request.
type user struct {
	name     string
	mu       sync.Mutex
	sessions []*session
	password string
	pending  string     // a password that was sent and not answered
	signIns  int        // sent and not answered
	alone    sync.Mutex // held by a sign-in or a change of password: the two do not mix
}

// session is one sign-in.
type session struct {
	id      string
	tokens  harness.Tokens // of the last answer
	former  string         // the refresh token that was exchanged for them, "" for those of a sign-in
	used    bool           // their access token was sent; the answer may have been cut off
	rotated bool           // answered at least once since the last restart
	unsure  bool           // a refresh was sent and not answered
	endings int            // revocations of it that were sent and not answered
	ended   bool           // a revocation of it was answered
}

// counts says that the test did what it is for.
type counts struct {
	rotations, retries, revocations, unanswered, passwords, orphans atomic.Int64
	unused, lostUses, thefts                                        atomic.Int64 // what became of former tokens
}

func (c *counts) String() string {
	return fmt.Sprintf("%d answered rotations, %d unanswered refreshes tried again, %d answered revocations (%d changes of password among their causes) checked; %d requests cut off, %d sign-ins of them kept; former tokens: %d answered for want of a use, %d because the use was lost, %d taken for theft",
		c.rotations.Load(), c.retries.Load(), c.revocations.Load(), c.passwords.Load(), c.unanswered.Load(), c.orphans.Load(),
		c.unused.Load(), c.lostUses.Load(), c.thefts.Load())
}

func (c *counts) wantAll(t *testing.T, kills int) {
	t.Helper()
	for name, n := range map[string]*atomic.Int64{"rotation": &c.rotations, "revocation": &c.revocations, "unanswered request": &c.unanswered, "unused token": &c.unused, "theft": &c.thefts} {
		if n.Load() == 0 && (kills >= 10 || n != &c.unused && n != &c.thefts) {
			t.Errorf("no %s was checked", name)
		}
	}
}

func newWorld(t *testing.T) *world {
	w := &world{t: t}
	for i := range users {
		w.users = append(w.users, &user{name: fmt.Sprintf("user%d", i), password: harness.Password})
	}
	return w
}

// register makes the accounts, once.
func (w *world) register() {
	for _, u := range w.users {
		u.sessions = append(u.sessions, newSession(w.t, w.program.SignUp(u.name)))
	}
}

// newSession reads the session's id out of the token: it is what the list of
// devices shows.
func newSession(t *testing.T, tokens harness.Tokens) *session {
	_, claims, err := harness.DecodeJWT(tokens.Refresh)
	id, _ := claims["sid"].(string)
	if err != nil || id == "" {
		t.Errorf("no session in the token: %v", err)
	}
	return &session{id: id, tokens: tokens}
}

// live returns a session that no revocation was sent for, nil if there is none.
func (u *user) live() *session {
	i := slices.IndexFunc(u.sessions, func(s *session) bool { return !s.ended && s.endings == 0 })
	if i < 0 {
		return nil
	}
	return u.sessions[i]
}

// ended counts the sessions a revocation of which was answered.
func (u *user) ended() (n int64) {
	for _, s := range u.sessions {
		if s.ended {
			n++
		}
	}
	return n
}

// removeEnded removes the ended sessions from the user's list.
func (u *user) removeEnded() (ended []*session) {
	kept := u.sessions[:0]
	for _, s := range u.sessions {
		if s.ended {
			ended = append(ended, s)
		} else {
			kept = append(kept, s)
		}
	}
	u.sessions = kept
	return ended
}

// request is what a client sends.
type request struct{ method, path, access, body string }

func refreshing(token string) request {
	return request{"POST", harness.RefreshPath, "", harness.RefreshBody(token)}
}

func loggingOut(token string) request {
	return request{"POST", harness.LogoutPath, "", harness.RefreshBody(token)}
}

func signingIn(name, password string) request {
	return request{"POST", harness.LoginPath, "", harness.InBody(harness.LoginBody(name, password))}
}

func ending(id, access string) request {
	return request{"DELETE", harness.SessionsPath + "/" + id, access, ""}
}

func changing(from, to, access string) request {
	return request{"POST", harness.ChangePasswordPath, access, harness.PasswordChange(from, to)}
}

func (w *world) ask(r request) harness.Answer {
	w.t.Helper()
	return w.program.Send(r.method, r.path, r.access, r.body)
}

// try returns the answer, or false when the program was killed meanwhile.
func (w *world) try(client *http.Client, r request) (harness.Answer, bool) {
	answer, err := w.program.Try(client, r.method, r.path, r.access, r.body)
	if err != nil {
		w.counts.unanswered.Add(1)
		return answer, false
	}
	if answer.Status >= 500 && answer.Code != "too_busy" {
		w.t.Errorf("%s %s: %d %s", r.method, r.path, answer.Status, answer.Raw)
	}
	return answer, true
}

func isEnded(answer harness.Answer) bool {
	return answer.Status == 401 && answer.Code == "session_ended"
}

// other is the password that follows this one.
func other(password string) string {
	if strings.Contains(password, "no-1") {
		return harness.NextPassword
	}
	return harness.Password
}
