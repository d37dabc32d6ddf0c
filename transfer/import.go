package transfer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sallyport/models"
)

const (
	usersAtOnce = 200 // in one transaction: on SQLite others wait for it
	mostTries   = 5   // of one transaction; each fails because somebody has just taken a name
)

// ImportOptions say what is imported.
type ImportOptions struct {
	File   string // what mongoexport has written of Streamify's users
	To     *models.Store
	DryRun bool // write nothing
	// Progress is called often, with how many bytes were read and how many will be;
	// nil: nobody looks.
	Progress func(done, total int64)
	Now      func() time.Time
}

// ImportReport says what became of every document. With DryRun it says what would.
type ImportReport struct {
	DryRun       bool      `json:"dryRun"`
	Documents    int       `json:"documents"`
	Imported     int       `json:"imported"`
	AlreadyThere int       `json:"alreadyThere"` // imported before, whatever became of them since
	Refused      int       `json:"refused"`
	Problems     []Finding `json:"problems"` // of those who were refused
	Groups       []Group   `json:"groups"`   // of those who were refused because they share a name
	LeftOut      []Finding `json:"leftOut"`  // of those who were imported
}

// Group is documents of which each needs the same name, with upper and lower case
// as one, or the same id. Nobody can say which of them is the person: they are never
// merged, and none is imported.
type Group struct {
	Field   string   `json:"field"`
	Name    string   `json:"name"`
	Members []Member `json:"members"`
}

// Member is one document of a group.
type Member struct {
	Line     int    `json:"line"`
	ID       string `json:"id"`
	Spelling string `json:"spelling"`
}

func (g Group) String() string {
	members := make([]string, len(g.Members))
	for i, member := range g.Members {
		members[i] = fmt.Sprintf("line %d %q", member.Line, member.Spelling)
	}
	return g.Field + " " + g.Name + ": " + strings.Join(members, ", ")
}

// Import adds the users of Streamify that a file holds. It reads the file twice, so a
// file that is broken somewhere is refused before anything is written. Users are
// added in portions: what was broken off goes on when Import is called again. A
// user who was imported before is left alone.
func Import(ctx context.Context, o ImportOptions) (ImportReport, error) {
	i := importing{ImportOptions: o, seen: map[key]bool{}, groups: map[key]*Group{}}
	i.report = ImportReport{DryRun: o.DryRun, Problems: []Finding{}, Groups: []Group{}, LeftOut: []Finding{}}
	err := i.each(ctx, i.survey)
	if err == nil {
		clear(i.seen)
		err = i.each(ctx, func(r *reading) error { return i.take(ctx, r) })
	}
	if err == nil {
		err = i.flush(ctx)
	}
	i.listGroups()
	return i.report, err
}

// importing is one run of [Import].
type importing struct {
	ImportOptions
	seen   map[key]bool
	groups map[key]*Group // of names that are there twice
	batch  []*reading
	done   int64 // bytes of the passes before
	report ImportReport
}

// key stands for a name: those of a million users would fill the memory.
type key [16]byte

func keyOf(field, name string) key {
	sum := sha256.Sum256([]byte(field + " " + name))
	return key(sum[:16])
}

// each gives every document of the file to one.
func (i *importing) each(ctx context.Context, one func(*reading) error) error {
	file, err := os.Open(i.File) // #nosec G304 -- the operator names the file
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file, and it is read twice", i.File)
	}
	all, err := readDocuments(file)
	for err == nil {
		if err = ctx.Err(); err != nil {
			return err
		}
		var next document
		if next, err = all.next(); err == nil {
			err = one(read(next))
			i.show(all.input.read, info.Size())
		}
	}
	i.done += info.Size()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

const readings = 2 // of the file

func (i *importing) show(read, size int64) {
	if i.Progress != nil {
		i.Progress(i.done+read, readings*size)
	}
}
