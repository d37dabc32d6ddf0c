package media

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// together starts this many works of a cost and returns how many of them ran at
// once at most, and how many were refused.
func together(t *testing.T, works int, cost int64) (most, refused int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := NewProcessor()
		var busy atomic.Int64
		var counting sync.Mutex
		var all sync.WaitGroup
		running := 0
		count := func(n int) {
			counting.Lock()
			defer counting.Unlock()
			running += n
			most = max(most, running)
		}
		for range works {
			all.Go(func() {
				err := p.inSlot(t.Context(), cost, func() error {
					count(1)
					time.Sleep(time.Second) // of the bubble's clock
					count(-1)
					return nil
				})
				if errors.Is(err, ErrBusy) {
					busy.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		refused = int(busy.Load())
	})
	return most, refused
}

func TestProcessor_MemoryAndNumberAreBounded(t *testing.T) {
	p := NewProcessor()
	cores := int(memory / p.least)
	for _, tt := range []struct {
		why  string
		cost int64
		want int
	}{
		{"small pictures: one for each core", 1, cores},
		{"two in the memory of all", memory / 2, min(2, cores)},
		{"one in the memory of all", memory/2 + 1, 1},
		{"all of the memory", memory, 1},
	} {
		most, refused := together(t, int(p.limit)+3, tt.cost)
		if most != tt.want || refused != 3 {
			t.Errorf("%s: %d at once and %d refused, want %d and 3", tt.why, most, refused, tt.want)
		}
	}
}

// silent takes requests and never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestS3_ASilentStorageHasADeadline(t *testing.T) {
	calls := map[string]func(*S3) error{
		"put":    func(s *S3) error { return s.Put(context.Background(), NewName(JPEG), []byte("picture")) },
		"remove": func(s *S3) error { return s.Remove(context.Background(), NewName(JPEG)) },
		"open":   func(s *S3) error { _, err := s.Open(context.Background(), NewName(JPEG)); return err },
	}
	for name, call := range calls {
		synctest.Test(t, func(t *testing.T) {
			s, err := newS3(S3Options{Endpoint: "s3.example.com", Bucket: "pictures", Region: "us-east-1", Key: "key", Secret: "secret"}, silent{})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			err = call(s)
			if took := time.Since(began); !errors.Is(err, ErrUnavailable) || took > callTimeout {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}
