package journeys

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"sallyport/admin"
	"sallyport/models"
	"sallyport/tests/harness"
)

// An administrator does none of it to themselves by a slip of the hand.
func TestAdmin_NothingDestructiveToOneself(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		server.Administrator(t, "grace") // so root is not the last one
		root.AsAdmin(http.MethodPost, "root", "/disable").Want(t, http.StatusConflict, "own_account")
		root.AsAdmin(http.MethodDelete, "root", "").Want(t, http.StatusConflict, "own_account")
		root.AsAdminSetRole("root", models.RoleUser).Want(t, http.StatusConflict, "own_account")
		root.AsAdminSetRole("root", models.RoleAdmin).Want(t, http.StatusConflict, "own_account")
		root.WantAlive()
		if user := server.User(t, "root"); !user.Administers() {
			t.Errorf("%+v", user)
		}
	})
}

// The last administrator can be neither disabled, demoted nor deleted, by whoever
// it is: the command line, which is nobody's account, or they themselves.
func TestAdmin_TheLastOneStays(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		server.Administrator(t, "grace")
		root.AsAdmin(http.MethodPost, "grace", "/disable").Want(t, http.StatusOK, "") // a disabled one does not count
		id := server.User(t, "root").ID
		for name, end := range map[string]func(context.Context, admin.Actor, uuid.UUID) error{
			"disable": func(ctx context.Context, by admin.Actor, id uuid.UUID) error {
				_, err := server.Admin.Disable(ctx, by, id)
				return err
			},
			"demote": func(ctx context.Context, by admin.Actor, id uuid.UUID) error {
				_, err := server.Admin.SetRole(ctx, by, id, models.RoleUser)
				return err
			},
			"delete": server.Admin.Delete,
		} {
			if err := end(t.Context(), admin.Actor{}, id); !errors.Is(err, models.ErrLastAdmin) {
				t.Errorf("%s: %v", name, err)
			}
		}
		before := server.User(t, "root")
		root.DeleteAccount().Want(t, http.StatusConflict, "last_admin")
		root.WantAlive()
		if after := server.User(t, "root"); !after.Administers() || len(after.Sessions) != len(before.Sessions) {
			t.Errorf("%+v", after)
		}
		root.AsAdmin(http.MethodPost, "grace", "/enable").Want(t, http.StatusOK, "")
		root.DeleteAccount().Want(t, http.StatusOK, "")
	})
}
