package account

import (
	"context"
	"time"

	"github.com/google/uuid"

	"sallyport/auth"
	"sallyport/models"
)

// Activity returns up to limit of the user's own security events, newest first,
// and the id with which the next page is asked for: zero where there is none.
func (s *Service) Activity(ctx context.Context, who auth.Identity, before uuid.UUID, limit int) (page []models.Activity, next uuid.UUID, err error) {
	page, err = s.Store.ActivityOf(ctx, who.User.ID, before, limit+1)
	if err != nil || len(page) <= limit {
		return page, uuid.Nil, err
	}
	page = page[:limit]
	return page, page[limit-1].ID, nil
}

// Sweeper deletes what has had its time.
type Sweeper interface {
	Sweep(ctx context.Context, activityUntil, tokensUntil time.Time) error
}
