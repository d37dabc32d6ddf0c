package proofs

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"sallyport/tests/harness"
)

// recorder runs several clients of one user at once and records when each
// call began and when its answer came.
type recorder struct {
	client client
	clock  *harness.Clock
	quiet  func()       // returns when nothing runs beside the requests
	steps  atomic.Int64 // orders beginnings and ends

	mu         sync.Mutex
	operations []porcupine.Operation
	access     []token // every one issued so far, oldest first
	refresh    []token
	passwords  []string
	quietAt    []int64 // steps at which nothing ran
}

func newRecorder(c client, server *harness.Server) *recorder {
	return &recorder{client: c, clock: server.Clock, quiet: server.Background.Wait, passwords: []string{password(0)}}
}

// record makes one history: two devices, rounds of calls at once with clock
// steps between, and at last a look at every session when all is quiet.
func (r *recorder) record() error {
	for _, op := range []operation{signUp, signIn} {
		if err := r.do(0, call{op: op, password: password(0)}); err != nil {
			return err
		}
	}
	if rand.IntN(2) == 0 {
		if err := r.loseAnswer(); err != nil {
			return err
		}
	}
	for range rounds {
		if err := r.round(); err != nil {
			return err
		}
		pauses := []time.Duration{0, 4 * time.Second, 10*time.Second - time.Millisecond, 10 * time.Second}
		r.clock.Advance(pauses[rand.IntN(len(pauses))])
	}
	for _, access := range r.access {
		if err := r.do(0, call{op: currentUser, access: access}); err != nil {
			return err
		}
	}
	r.quiet()
	return nil
}

// loseAnswer refreshes one device, whose clients learn nothing of the answer, and
// lets the grace time pass: they come with the former token.
func (r *recorder) loseAnswer() error {
	access, refreshTokens := r.access, r.refresh
	err := r.do(0, call{op: refresh, refresh: r.refresh[len(r.refresh)-1]})
	r.access, r.refresh = access, refreshTokens
	r.clock.Advance(10 * time.Second)
	return err
}

// round has every client make its calls, each client one after the other.
func (r *recorder) round() error {
	failures := make([]error, clients)
	var group sync.WaitGroup
	for id := range clients {
		group.Go(func() {
			for range callsEach {
				failures[id] = errors.Join(failures[id], r.do(id, r.next()))
			}
		})
	}
	group.Wait()
	r.quiet()
	r.quietAt = append(r.quietAt, r.steps.Add(1))
	return errors.Join(failures...)
}

// do sends the call and records it with its answer.
func (r *recorder) do(id int, c call) error {
	c.at = r.clock.Now().Truncate(time.Microsecond)
	began := r.steps.Add(1)
	got, err := r.client.send(c)
	ended := r.steps.Add(1)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations = append(r.operations, porcupine.Operation{ClientId: id, Input: c, Call: began, Output: got, Return: ended})
	if got.cookies == set {
		r.access, r.refresh = append(r.access, got.access), append(r.refresh, got.refresh)
	}
	if c.op == changePassword && got.code == "" {
		r.passwords = append(r.passwords, c.newPassword)
	}
	return nil
}

// next makes up a call of what is known by now. Most concern the latest
// tokens, so that clients meet.
func (r *recorder) next() call {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.passwords[rand.IntN(len(r.passwords))]
	switch n := rand.IntN(100); {
	case n < 40:
		return call{op: refresh, refresh: mostlyLate(r.refresh)}
	case n < 47:
		return call{op: refresh, refresh: mostlyLate(r.refresh), twins: twins{refresh: mostlyLate(r.refresh)}}
	case n < 55:
		return call{op: refresh, refresh: r.refresh[rand.IntN(len(r.refresh))]}
	case n < 76:
		return call{op: currentUser, access: mostlyLate(r.access)}
	case n < 81:
		return call{op: listSessions, access: mostlyLate(r.access)}
	case n < 87:
		return call{op: signIn, password: known}
	case n < 89:
		return call{op: logOut, refresh: mostlyLate(r.refresh)}
	case n < 91:
		return call{op: logOut, access: mostlyLate(r.access)}
	case n < 93:
		return call{op: endOne, access: mostlyLate(r.access), target: r.access[rand.IntN(len(r.access))].session}
	case n < 95:
		return call{op: endOthers, access: mostlyLate(r.access)}
	case n < 96:
		return call{op: endAll, access: mostlyLate(r.access)}
	}
	guessed := []string{known, known, "engine-no-guess"}[rand.IntN(3)]
	return call{op: changePassword, access: mostlyLate(r.access), password: guessed, newPassword: password(rand.IntN(1000))}
}

// mostlyLate returns one of the last two tokens, or any.
func mostlyLate(tokens []token) token {
	if late := max(0, len(tokens)-2); rand.IntN(4) > 0 {
		tokens = tokens[late:]
	}
	return tokens[rand.IntN(len(tokens))]
}
