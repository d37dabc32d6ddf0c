package admin

import (
	"context"

	"github.com/google/uuid"

	"sallyport/auth/names"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// Query says which users to list. A zero field allows all.
type Query struct {
	Search string // what the username, the email or the full name begins with
	Role   models.Role
	Status models.Status
	Before uuid.UUID // the Next of the page before
	Limit  int
}

// Page is a list of users, the newest first, without their sessions. Next is zero
// on the last page.
type Page struct {
	Users []models.User
	Next  uuid.UUID
}

// Users returns a page of the users of the query. One who signs up meanwhile moves
// nobody to another page.
func (s *Service) Users(ctx context.Context, q Query) (Page, error) {
	filter := models.UserFilter{Role: q.Role, Status: q.Status, Before: q.Before, Limit: q.Limit + 1}
	if q.Search != "" {
		filter.Search.Username, filter.Search.Email, filter.Search.FullName = names.Prefixes(q.Search)
	}
	users, err := s.Store.Users(ctx, filter)
	if err != nil || len(users) <= q.Limit {
		return Page{Users: users}, err
	}
	users = users[:q.Limit]
	return Page{users, users[q.Limit-1].ID}, nil
}

var errNoSuchUser = &apperror.Error{Code: apperror.CodeNotFound, Message: "no such user"}

// User returns one user without the password's hash.
// Errors: CodeNotFound.
func (s *Service) User(ctx context.Context, id uuid.UUID) (models.User, error) {
	user, found, err := s.Store.UserByID(ctx, id)
	return withoutHash(user, found, err)
}

// Find is [Service.User] for an email, a username or an id.
// Errors: CodeNotFound.
func (s *Service) Find(ctx context.Context, name string) (models.User, error) {
	if id, err := uuid.Parse(name); err == nil {
		return s.User(ctx, id)
	}
	if email, problem := names.Email(name); problem == "" {
		return withoutHash(s.Store.UserByEmail(ctx, email))
	}
	username, problem := names.Username(name)
	if problem != "" {
		return models.User{}, errNoSuchUser
	}
	return withoutHash(s.Store.UserByUsername(ctx, username))
}

func withoutHash(user models.User, found bool, err error) (models.User, error) {
	if err == nil && !found {
		err = errNoSuchUser
	}
	user.PasswordHash = ""
	return user, err
}
