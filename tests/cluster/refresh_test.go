package cluster

import (
	"net/http"
	"sync"
	"time"

	"sallyport/tests/harness"
)

// refresh presents the refresh token from several tabs at the same time, each at an
// instance of its own. With a client that has no jar the answers are lost.
func (b *browser) refresh(tabs int, client *http.Client) {
	r := request{method: http.MethodPost, path: harness.RefreshPath, address: b.address}
	token := b.token()
	if client == b.visitor {
		r.cookies = "refreshToken=" + token
	}
	answers := make([]outcome, tabs)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = b.send(client, b.balancer.pick(), r) })
	}
	group.Wait()
	if token != b.presented {
		b.presented, b.successor = token, ""
	}
	for _, o := range answers {
		if b.session == nil {
			return
		}
		if b.judge(o) && o.brought == token { // a tab that was late took the successor out of the jar, which is exchanged in its turn
			b.compare(o)
		}
	}
	b.keep(token)
}

// compare checks that all answers for one token bring the same successor.
func (b *browser) compare(o outcome) {
	_, next := tokensIn(o.Answer)
	switch {
	case next == "" || next == b.presented:
		b.report.violate("a refresh brings no new token: %s", o.Raw)
	case b.successor == "":
		b.successor = next
		b.report.rotated()
	case next != b.successor:
		b.report.violate("one refresh token has two successors")
	default:
		b.report.again()
	}
}

// keep notes what the jar holds now.
func (b *browser) keep(before string) {
	now := b.token()
	if now == before || b.session == nil {
		return
	}
	b.exchanged = append(b.exchanged, exchanged{before, time.Now()})
	b.exchanged = b.exchanged[max(0, len(b.exchanged)-50):]
	b.session.learn(b.cookie("accessToken"), now)
}

// beRobbed is a thief who comes with a refresh token that the browser had before its
// former one, when the grace time of that is over.
func (b *browser) beRobbed() {
	stolen, s := b.stolen(), b.session
	if stolen == "" || !b.useEverywhere() {
		return
	}
	s.endanger()
	o := b.send(b.visitor, b.balancer.pick(), request{method: http.MethodPost, path: harness.RefreshPath, cookies: "refreshToken=" + stolen, address: "192.0.2.1"})
	sent, _ := s.state()
	switch {
	case o.unknown():
	case o.Code == "token_reused":
		b.report.caught()
		b.ended(o.at, s)
	case o.Code == "session_ended" && sent > 1:
	default:
		b.report.violate("a stolen token: %d %s", o.Status, o.Raw)
	}
}

// stolen returns the newest token whose successor was exchanged in its turn, and
// which is old enough; "" when there is none.
func (b *browser) stolen() string {
	for i := len(b.exchanged) - 2; i >= 0; i-- {
		if time.Since(b.exchanged[i].at) > grace+time.Second {
			return b.exchanged[i].token
		}
	}
	return ""
}
