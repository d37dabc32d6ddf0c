package models_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/models"
)

// A search that finds many goes another way on SQLite than one that finds few.
func TestUsers_ASearchThatFindsManyIsInOrderAndWhole(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		users := make([]models.User, 1300)
		for i := range users {
			id, err := uuid.NewV7()
			if err != nil {
				t.Fatal(err)
			}
			users[i] = models.User{ID: id, Username: fmt.Sprint("m", i), Email: fmt.Sprint("x", i), FullName: "N", PasswordHash: "h", Role: models.RoleUser}
			if i%13 == 0 {
				users[i].Username = fmt.Sprint("other", i)
			}
		}
		if err := store.Write(t.Context(), func(tx *gorm.DB) error { return tx.CreateInBatches(&users, 300).Error }); err != nil {
			t.Fatal(err)
		}
		found, filter := 0, models.UserFilter{Search: models.Search{Username: "m"}, Limit: 500}
		for {
			page, err := store.Users(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, user := range page {
				if user.Username[0] != 'm' || filter.Before != uuid.Nil && user.ID.String() >= filter.Before.String() {
					t.Fatalf("%s after %s", user.Username, filter.Before)
				}
				found, filter.Before = found+1, user.ID
			}
			if len(page) < filter.Limit {
				break
			}
		}
		if found != 1200 {
			t.Errorf("%d of 1200 found", found)
		}
	})
}
