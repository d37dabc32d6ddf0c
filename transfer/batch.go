package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"sallyport/models"
)

// nameOf is a name that no other user may have.
type nameOf struct {
	field    string
	name     string // as it is stored
	spelling string // as it is in the file
}

// unique returns the names of a document that are good.
func (r *reading) unique() (all []nameOf) {
	for _, n := range []nameOf{{fieldID, r.id, r.id}, {fieldEmail, r.user.Email, r.email}, {fieldUsername, r.user.Username, r.username}} {
		if n.name != "" {
			all = append(all, n)
		}
	}
	return all
}

// survey is the first look at a document: it finds the names that are there twice.
func (i *importing) survey(r *reading) error {
	for _, n := range r.unique() {
		k := keyOf(n.field, n.name)
		if i.seen[k] && i.groups[k] == nil {
			i.groups[k] = &Group{Field: n.field, Name: n.name}
		}
		i.seen[k] = true
	}
	return nil
}

// take is the second look.
func (i *importing) take(ctx context.Context, r *reading) error {
	i.report.Documents++
	for _, n := range r.unique() {
		if group := i.groups[keyOf(n.field, n.name)]; group != nil {
			group.Members = append(group.Members, Member{r.line, r.id, short(n.spelling)})
		}
	}
	if i.batch = append(i.batch, r); len(i.batch) < usersAtOnce {
		return nil
	}
	return i.flush(ctx)
}

// grouped reports whether another document needs a name of this one.
func (i *importing) grouped(r *reading) bool {
	return slices.ContainsFunc(r.unique(), func(n nameOf) bool { return i.groups[keyOf(n.field, n.name)] != nil })
}

// listGroups puts the groups into the report, in the order of the file.
func (i *importing) listGroups() {
	for _, group := range i.groups {
		if len(group.Members) > 0 { // none where the second look broke off before
			i.report.Groups = append(i.report.Groups, *group)
		}
	}
	slices.SortFunc(i.report.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Members[0].Line, b.Members[0].Line), cmp.Compare(a.Field, b.Field))
	})
}

// outcome is what becomes of the documents of a portion.
type outcome struct {
	users    []models.User
	there    int
	refused  int
	problems []Finding
	leftOut  []Finding
}

// flush imports the users of the documents that wait. Somebody may take a name
// between the look and the write: then it looks again.
func (i *importing) flush(ctx context.Context) error {
	if len(i.batch) == 0 {
		return nil
	}
	var o outcome
	for range mostTries {
		var err error
		if o, err = i.decide(ctx); err != nil {
			return err
		}
		if !i.DryRun {
			err = i.To.ImportUsers(ctx, o.users)
		}
		if err == nil {
			i.count(o)
			return nil
		}
		if !errors.Is(err, models.ErrDuplicate) {
			return err
		}
	}
	return fmt.Errorf("line %d and behind: others take the same names at the same time; import again when no other import runs", i.batch[0].line)
}

func (i *importing) count(o outcome) {
	i.report.Imported += len(o.users)
	i.report.AlreadyThere += o.there
	i.report.Refused += o.refused
	i.report.Problems = append(i.report.Problems, o.problems...)
	i.report.LeftOut = append(i.report.LeftOut, o.leftOut...)
	i.batch = nil
}

// decide says what becomes of the documents that wait, as the database is now.
func (i *importing) decide(ctx context.Context) (o outcome, err error) {
	var ids []uuid.UUID
	var emails, usernames []string
	for _, r := range i.batch {
		ids, emails, usernames = append(ids, r.user.ID), append(emails, r.user.Email), append(usernames, r.user.Username)
	}
	imported, err := i.To.Imported(ctx, ids)
	if err != nil {
		return o, err
	}
	takenEmails, takenUsernames, err := i.To.TakenNames(ctx, emails, usernames, i.Now())
	if err != nil {
		return o, err
	}
	for _, r := range i.batch {
		problems := slices.Clone(r.problems)
		if slices.Contains(takenEmails, r.user.Email) {
			problems = append(problems, Finding{r.line, r.id, fieldEmail, short(r.email), "belongs to another account already"})
		}
		if slices.Contains(takenUsernames, r.user.Username) {
			problems = append(problems, Finding{r.line, r.id, fieldUsername, short(r.username), "belongs to another account already"})
		}
		switch {
		case slices.Contains(imported, r.user.ID):
			o.there++
		case len(problems) > 0 || i.grouped(r):
			o.refused++
			o.problems = append(o.problems, problems...)
		default:
			o.users, o.leftOut = append(o.users, r.user), append(o.leftOut, r.leftOut...)
		}
	}
	return o, nil
}
