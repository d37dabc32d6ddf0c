package proofs

import (
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// firstUses are the operations in which the server notes that a refresh token was
// used for the first time, one for each call that an access token signed in. end
// says when what a call began is over.
//
// The server notes the use of one refresh token once at a time, and a request that
// meets another one noting it leaves it to that one. So a call that is alone has
// noted its use by its end, and one that meets calls with access tokens of the same
// refresh token by the last of their ends.
//
// A call that looks at the row twice can be let in, which is a use, and find the
// session ended the second time: it may have been a use, or, after everything else,
// one of a session that is not there.
func (r *recorder) firstUses(end func(porcupine.Operation) int64) (uses []porcupine.Operation) {
	users := slices.DeleteFunc(slices.Clone(r.operations), func(o porcupine.Operation) bool { return !signedIn(o) })
	for _, use := range users {
		by, mine := end(use), use.Input.(call)
		if use.Output.(answer).code == "session_ended" {
			by = r.steps.Load() + 1
		}
		for _, other := range users {
			same := other.Input.(call).access.with == mine.access.with
			if same && other.Call < end(use) && use.Call < end(other) {
				by = max(by, end(other))
			}
		}
		noted := call{op: firstUse, at: mine.at, access: mine.access}
		uses = append(uses, porcupine.Operation{ClientId: clients + use.ClientId, Input: noted, Call: use.Call, Output: answer{}, Return: by})
	}
	return uses
}

// signedIn reports whether the access token of the call was accepted, or may have
// been.
func signedIn(o porcupine.Operation) bool {
	c, got := o.Input.(call), o.Output.(answer)
	twice := []operation{listSessions, endOne, endOthers, endAll, changePassword}
	return c.op == currentUser && got.code == "" || slices.Contains(twice, c.op) && got.code != "token_expired"
}

// untilAnswered is for a server that notes uses before it answers.
func (r *recorder) untilAnswered(o porcupine.Operation) int64 { return o.Return }

// untilQuiet is for a server that notes uses in goroutines.
func (r *recorder) untilQuiet(o porcupine.Operation) int64 {
	for _, quiet := range r.quietAt {
		if quiet > o.Return {
			return quiet
		}
	}
	return r.steps.Load() + 1
}

// late counts the refreshes that were answered with an earlier answer's token
// after the grace time.
func (r *recorder) late(grace time.Duration) (n int) {
	issued := map[string]time.Time{}
	for _, o := range r.operations {
		c, got := o.Input.(call), o.Output.(answer)
		if at, known := issued[got.refresh.raw]; !known {
			issued[got.refresh.raw] = c.at
		} else if c.op == refresh && got.code == "" && c.at.Sub(at) >= grace {
			n++
		}
	}
	return n
}
