package cluster

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"sallyport/tests/harness"
)

const disableEvery = 2 * time.Second // on average

// administer has an administrator disable one account after the other, and enable it.
func (w *world) administer(ctx context.Context) {
	root := w.newBrowser(newAccount("root"), 1<<20)
	w.insist(root, func() { root.register(root.account) })
	if root.session == nil {
		return
	}
	db := harness.OpenSQL(w.t, "pgx", w.cluster.URL)
	if _, err := db.ExecContext(ctx, "UPDATE users SET role = 'admin' WHERE username = 'root'"); err != nil {
		w.t.Error(err)
		return
	}
	w.browsing.Go(func() {
		for pause(ctx, disableEvery) {
			root.refresh(1, root.client)
			if root.session == nil {
				return // a violation that has been noted
			}
			root.shut(w.accounts[rand.IntN(len(w.accounts))])
		}
	})
}

// shut disables an account, and enables it again.
func (b *browser) shut(a *account) {
	a.alone.Lock()
	defer a.alone.Unlock()
	all := a.besides(nil)
	endanger(all)
	path := "/api/v1/admin/users/" + a.id
	o := b.do(request{method: http.MethodPost, path: path + "/disable"})
	if o.unknown() {
		a.lose()
	} else if b.judge(o) {
		b.ended(o.at, all...)
		b.wantShut(a)
	}
	for b.session != nil && !b.judge(b.do(request{method: http.MethodPost, path: path + "/enable"})) {
		time.Sleep(checkEvery) // other processes: there is no clock to inject
	}
}

// wantShut checks that nobody can sign in to a disabled account.
func (b *browser) wantShut(a *account) {
	o := b.send(b.visitor, b.balancer.pick(), request{
		method: http.MethodPost, path: harness.LoginPath, body: harness.LoginBody(a.name, a.passwords()[0]), guarded: true, address: b.address,
	})
	if o.Status == http.StatusOK {
		b.report.violate("a disabled user signs in")
	}
}
