package models

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/mail"
)

// Change is one atomic write: users, and what has to be written with them. The
// zero value writes nothing.
type Change struct {
	At    time.Time // of the change
	Swaps []Swap
	// Unchanged are rows that the change depends on: it fails where one has changed
	// since it was loaded.
	Unchanged []User
	Spend     string         // hash of a one-time token; it must not be spent, nor expired
	Void      []Void         // links that die
	Reserve   []OneTimeToken // added to what the user has
	Mail      []mail.Message // takes the place of what waits for the same reason
	Forget    []uuid.UUID    // users whose activity until now was somebody else's
	Activity  []Activity
	Actions   []AdminAction
}

// Apply makes all of the change or nothing. It is durable when it returns true.
// applied = false means that a row has changed since it was loaded, or that the
// token is not good any more: load and decide again. A username or email that
// is taken is [ErrDuplicate]; [Store.Taken] says which. A change after which there
// is no enabled admin any more is [ErrLastAdmin].
func (s *Store) Apply(ctx context.Context, change Change) (applied bool, err error) {
	swaps := inOrder(change.Swaps)
	columns := make([]string, len(swaps))
	for i, swap := range swaps { // here and not in the change, where all writers wait
		if columns[i], err = swap.Next.Sessions.encode(); err != nil {
			return false, wrap("encode sessions", err)
		}
	}
	write := s.db.Write
	if change.single() {
		if swaps[0].ofSessions() {
			return s.swapSessions(ctx, swaps[0], columns[0])
		}
		write = s.db.WriteStatement
	}
	err = write(ctx, func(tx *gorm.DB) error {
		if err := change.guard(tx); err != nil {
			return err
		}
		for i, swap := range swaps {
			if err := swap.write(tx, columns[i]); err != nil {
				return err
			}
		}
		if err := change.rest(tx); err != nil {
			return err
		}
		return tellNews(tx, swaps)
	})
	switch {
	case errors.Is(err, errChanged):
		return false, nil
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return false, ErrDuplicate
	}
	return err == nil, wrap("change users", err)
}

// Empty reports whether the change writes nothing.
func (c Change) Empty() bool {
	return c.Spend == "" && len(c.Swaps)+len(c.Void)+len(c.Reserve)+len(c.Mail)+len(c.Activity)+len(c.Actions)+len(c.Forget) == 0
}

// single reports whether the change is one statement, as that of a refresh is.
func (c Change) single() bool {
	return len(c.Swaps) == 1 && c.Swaps[0].Old.Email == c.Swaps[0].Next.Email && c.Spend == "" && !c.guarded() && !c.Swaps[0].outdates() &&
		len(c.Void)+len(c.Reserve)+len(c.Mail)+len(c.Activity)+len(c.Actions)+len(c.Forget) == 0
}

// rest writes everything but the users. The users come first, then the outbox,
// then the tokens, in every change: PostgreSQL locks rows in this order.
func (c Change) rest(tx *gorm.DB) error {
	for _, swap := range c.Swaps {
		if err := swap.checkReserved(tx, c.At); err != nil {
			return err
		}
	}
	if err := c.checkAdmins(tx); err != nil {
		return err
	}
	if err := writeMail(tx, c.Mail, c.Void); err != nil {
		return err
	}
	if err := spend(tx, c.Spend, c.At); err != nil {
		return err
	}
	for _, void := range c.Void {
		if err := void.tokens(tx); err != nil {
			return err
		}
	}
	if len(c.Forget) > 0 {
		if err := tx.Where("user_id IN ?", c.Forget).Delete(&Activity{}).Error; err != nil {
			return err
		}
	}
	if err := create(tx, c.Reserve); err != nil {
		return err
	}
	if err := create(tx, c.Activity); err != nil {
		return err
	}
	return create(tx, c.Actions)
}

// create inserts the rows, where there are any.
func create[Row any](tx *gorm.DB, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.Create(&rows).Error
}
