package news

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

var errRenewed = errors.New("the subscription was renewed")

// beats are those that this instance has published.
type beats struct {
	mu    sync.Mutex
	next  uint64                    // number of the next beat; 0 is none
	first uint64                    // the first that was sent over this subscription; 0: there is none
	from  time.Time                 // before it no beat counts
	sent  [kept]time.Time           // by number, modulo kept
	proof atomic.Pointer[time.Time] // when the latest beat that has come back was sent; nil: none has
}

const kept = 16 // beats of three seconds; one that comes back later proves nothing

// send returns the number of a beat that is sent now.
func (b *beats) send(now time.Time) (number uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	b.sent[b.next%kept] = now
	return b.next
}

// begin starts a subscription, whose beats count from a later time on.
func (b *beats) begin(from time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proof.Store(nil)
	b.first, b.from = b.next+1, from
}

// end says that there is no subscription.
func (b *beats) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.first = 0
	b.proof.Store(nil)
}

// arrived notes that the beat has come back; first, that it is the first that
// counts of its subscription. One that was sent before the subscription began
// proves nothing.
func (b *beats) arrived(number uint64) (first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first == 0 || number < b.first || number+kept <= b.next || number > b.next {
		return false
	}
	sent := b.sent[number%kept]
	if sent.Before(b.from) {
		return false
	}
	return b.proof.Swap(&sent) == nil
}

// fresh reports whether a beat has come back that was sent within a second.
func (b *beats) fresh(now time.Time) bool {
	sent := b.proof.Load()
	return sent != nil && elapsed(now, *sent) < beatLife
}
