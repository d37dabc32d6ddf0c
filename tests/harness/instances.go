package harness

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"sallyport/models"
)

// OnEachDeployment is [OnEachDatabase], and a third time on three instances of
// the program that share a PostgreSQL, one clock and one log. Each request goes
// to the next instance, so that two requests in a row never meet the same one.
// They read the row for each request: how long news of a revocation takes is the
// subject of tests/cluster.
func OnEachDeployment(t *testing.T, test func(t *testing.T, server *Server), variables ...string) {
	OnEachDatabase(t, test, variables...)
	t.Run("three instances", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, cheapHasher(t), furtherInstances, slices.Concat(variables, onePostgres(t))))
	})
}

const furtherInstances = 2 // beside the first

// onePostgres are the variables of instances that share a database.
func onePostgres(t testing.TB) []string {
	t.Helper()
	return []string{"DATABASE_URL=" + MigratedPostgresURL(t), "SESSION_CACHE_TTL=0"}
}

// openFurther opens the database of the parts for instances beside the first, and
// closes it when the test ends.
func (p *Parts) openFurther(t testing.TB, n int) {
	t.Helper()
	for range n {
		store, err := OpenStore(t.Context(), p.Config.Database, p.Log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		p.Further = append(p.Further, store)
	}
}

// further wires the programs of the further instances and returns a handler that
// gives each request to the next of all.
func (p Parts) further(first http.Handler) (http.Handler, error) {
	if len(p.Further) == 0 {
		return first, nil
	}
	all := &inTurn{instances: []http.Handler{first}}
	for _, store := range p.Further {
		p.Store = store
		program, err := p.Build()
		if err != nil {
			return nil, err
		}
		all.instances = append(all.instances, program.Handler)
	}
	return all, nil
}

// inTurn gives each request to the next instance.
type inTurn struct {
	instances []http.Handler
	requests  atomic.Uint64
}

// ServeHTTP implements http.Handler.
func (i *inTurn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.instances[i.requests.Add(1)%uint64(len(i.instances))].ServeHTTP(w, r)
}

// stores are those of all instances of the server.
func (s *Server) stores() []*models.Store { return append([]*models.Store{s.Store}, s.further...) }
