package models

import (
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sallyport/internal/apperror"
)

// ErrLastAdmin refuses a change after which nobody could administer.
var ErrLastAdmin = &apperror.Error{
	Code:    apperror.CodeLastAdmin,
	Message: "this is the last administrator who is not disabled: make somebody else an administrator first",
}

// isAdmin is the condition of a user who may administer. Written out, so that the
// index users_admins serves it.
const isAdmin = "role = 'admin' AND disabled_at IS NULL"

// Administers reports whether the user may administer.
func (u User) Administers() bool { return u.Role == RoleAdmin && !u.Disabled() }

// removesAdmin reports whether the swap leaves one admin less.
func (s Swap) removesAdmin() bool { return s.Old.Administers() && !s.Next.Administers() }

// guarded reports whether the change depends on other rows than those it swaps.
func (c Change) guarded() bool {
	return len(c.Unchanged) > 0 || slices.ContainsFunc(c.Swaps, Swap.removesAdmin)
}

// guard locks every row that the change depends on, and its own, in the order of
// ids. On PostgreSQL two admins who take the role from each other then come one
// after the other: each would else count the other one (write skew). SQLite
// has one writer and no such lock.
func (c Change) guard(tx *gorm.DB) error {
	if !c.guarded() {
		return nil
	}
	var ids []uuid.UUID
	for _, user := range c.Unchanged {
		ids = append(ids, user.ID)
	}
	for _, swap := range c.Swaps {
		ids = append(ids, swap.UserID())
	}
	var locked []User
	lock := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").Where("id IN ? OR "+isAdmin, ids).Order("id").Find(&locked)
	if lock.Error != nil {
		return lock.Error
	}
	for _, user := range c.Unchanged {
		var found []User
		if err := tx.Select("id").Where(same, user.ID, user.SessionsVersion, user.Disabled()).Find(&found).Error; err != nil {
			return err
		}
		if len(found) == 0 {
			return errChanged
		}
	}
	return nil
}

// checkAdmins fails where the change leaves no admin. It comes behind the swaps.
func (c Change) checkAdmins(tx *gorm.DB) error {
	if !slices.ContainsFunc(c.Swaps, Swap.removesAdmin) {
		return nil
	}
	var left []User
	err := tx.Select("id").Where(isAdmin).Limit(1).Find(&left).Error
	if err == nil && len(left) == 0 {
		err = ErrLastAdmin
	}
	return err
}
