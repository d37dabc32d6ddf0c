package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"sallyport/tests/harness"
)

// browser is one device of an account: a cookie jar, and what its owner does. It does
// one thing at a time, some of them in several tabs.
type browser struct {
	*world
	account *account
	number  int
	address string
	client  *http.Client
	visitor *http.Client // without the jar: what it is answered is lost, or it is a thief
	session *session     // nil: signed out

	presented string // the refresh token that the latest answers were for
	successor string // the one that they brought
	exchanged []exchanged
	opened    int // accounts
	chosen    int // passwords
}

// exchanged is a refresh token that a newer one has replaced, and when the browser
// got that.
type exchanged struct {
	token string
	at    time.Time
}

func (w *world) newBrowser(a *account, number int) *browser {
	b := &browser{
		world: w, account: a, number: number, address: fmt.Sprintf("10.%d.%d.%d", number>>16, number>>8&255, number&255),
		client:  w.cluster.Visit(w.t, w.network),
		visitor: &http.Client{Transport: w.network, Timeout: patience},
	}
	b.client.Timeout = patience
	return b
}

func (b *browser) browse(ctx context.Context) {
	for pause(ctx, *think) {
		b.act()
	}
}

// act does one thing. What ends sessions is rare: everybody who is signed out costs
// the time of a password.
func (b *browser) act() {
	if b.session == nil {
		b.comeBack()
		return
	}
	switch n := rand.IntN(1000); {
	case n < 5:
		b.logOut()
	case n < 9:
		b.endOne()
	case n < 12:
		b.endOthers()
	case n < 14:
		b.changePassword()
	case n < 34:
		b.beRobbed()
	case n < 94:
		b.refresh(2+rand.IntN(3), b.client)
	case n < 144:
		b.refresh(1, b.visitor) // the answer is lost
	case n < 400:
		b.refresh(1, b.client)
	default:
		b.use()
	}
}

// comeBack signs in again, or opens another account.
func (b *browser) comeBack() {
	if rand.IntN(20) > 0 {
		b.signIn()
		return
	}
	b.opened++
	b.register(newAccount(fmt.Sprintf("visitor%d.%d", b.number, b.opened)))
}

// do sends a request with the browser's cookies to any instance.
func (b *browser) do(r request) outcome {
	r.address = b.address
	return b.send(b.client, b.balancer.pick(), r)
}

// token returns the refresh token in the jar.
func (b *browser) token() string { return b.cookie("refreshToken") }

func (b *browser) cookie(name string) string {
	u := &url.URL{Scheme: "http", Host: "127.0.0.1", Path: harness.RefreshPath}
	for _, cookie := range b.client.Jar.Cookies(u) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// leave is what a browser does that learns that its session is over.
func (b *browser) leave() {
	b.account.remove(b.session)
	b.session, b.exchanged = nil, nil
}

// arrived takes in the session that an answer has begun.
func (b *browser) arrived(o outcome) {
	access, refresh := tokensIn(o.Answer)
	b.session = b.account.begin(b.claim(refresh, "sub"), b.claim(refresh, "sid"), access, refresh)
	b.exchanged = nil
}

// use is a page that asks for the user.
func (b *browser) use() {
	b.judge(b.do(request{method: http.MethodGet, path: harness.CurrentUserPath}))
}

// useEverywhere makes every instance in use remember the user. It reports whether the
// session still lives.
func (b *browser) useEverywhere() bool {
	for _, base := range b.balancer.inUse() {
		b.judge(b.send(b.client, base, request{method: http.MethodGet, path: harness.CurrentUserPath, address: b.address}))
		if b.session == nil {
			return false
		}
	}
	return true
}

// judge compares what was answered to a request of the session with what must hold.
// It reports whether the request was done.
func (b *browser) judge(o outcome) (done bool) {
	s := b.session
	sent, ended := s.state()
	switch {
	case o.unknown() || o.busy():
		return false
	case o.Status == http.StatusUnauthorized:
		if sent == 0 {
			b.report.violate("a session that nobody ended is lost: %s %s: %s", o.request.method, o.request.path, o.Raw)
		}
		b.leave()
		return false
	case o.Status >= 400 && o.Status != http.StatusNotFound:
		b.report.violate("%s %s: %d %s", o.request.method, o.request.path, o.Status, o.Raw)
		return false
	}
	b.report.reached(ended, o)
	return true
}
