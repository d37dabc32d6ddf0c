package cluster

import (
	"fmt"
	"net/http"

	"sallyport/tests/harness"
)

// register opens an account, to which the browser then belongs. Where no answer
// comes it stays with its former one.
func (b *browser) register(a *account) {
	o := b.do(request{method: http.MethodPost, path: harness.RegisterPath, body: harness.Registration(a.name), guarded: true})
	switch {
	case o.Status == http.StatusCreated:
		b.account = a
		b.arrived(o)
	case !o.unknown() && !o.busy():
		b.report.violate("a registration is refused: %s", o.Raw)
	}
}

// signIn signs in with a password that may be the right one.
func (b *browser) signIn() {
	b.account.alone.RLock()
	defer b.account.alone.RUnlock()
	known := b.account.passwords()
	for i, password := range known {
		o := b.do(request{method: http.MethodPost, path: harness.LoginPath, body: harness.LoginBody(b.account.name, password), guarded: true})
		switch {
		case o.Status == http.StatusOK:
			if i > 0 {
				b.account.setPasswords(password, "")
			}
			b.arrived(o)
			return
		case o.Code != "invalid_credentials":
			if !o.unknown() && !o.busy() {
				b.report.violate("a sign-in is refused: %s", o.Raw)
			}
			return
		}
	}
	b.report.violate("%s is refused with the right password, of %d", b.account.name, len(known))
}

func (b *browser) newPassword() string {
	b.chosen++
	return fmt.Sprintf("engine-no-%d-%d-plan", b.number, b.chosen)
}
