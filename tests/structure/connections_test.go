package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// reaches finds what opens a connection to somewhere, or starts a program. The
// files say where docs/security/decisions.md allows it (OWASP ASVS 13.2.4).
var reaches = []struct {
	what  *regexp.Regexp // an import path and what is used of it
	files string         // the only ones, as a pattern
}{
	{regexp.MustCompile(`^net\.(Dial|Resolver|Lookup)`), `^internal/(mail/smtp|database/health)\.go$`},
	{regexp.MustCompile(`^net/(smtp|rpc)\.|^os/exec\.|^syscall\.(Exec|ForkExec|StartProcess|Socket|Connect)|^os\.StartProcess`), ``},
	{regexp.MustCompile(`^crypto/tls\.(Dial\w*|Client)$`), `^internal/mail/smtp\.go$`},
	{regexp.MustCompile(`^github\.com/wneessen/go-mail\.(NewClient|QuickSend)$`), `^internal/mail/smtp\.go$`},
	{regexp.MustCompile(`^net/http\.(Get|Head|Post|PostForm|Client|DefaultClient|Transport|DefaultTransport|NewRequest\w*)$`), `^(internal/breach/breach|command_healthcheck)\.go$`},
	{regexp.MustCompile(`^golang\.org/x/crypto/acme(/autocert)?\.(Client|Manager)$`), `^internal/serve/tls\.go$`},
	{regexp.MustCompile(`^github\.com/redis/go-redis/v9\.(New\w+|ParseURL)$`), `^internal/redisclient/redisclient\.go$`},
	{regexp.MustCompile(`^go\.opentelemetry\.io/otel/exporters/.*\.New\w*$`), `^internal/tracing/tracing\.go$`},
	{regexp.MustCompile(`^github\.com/minio/minio-go/v7\.(New\w*|MakeTargetURL)$`), `^internal/media/s3\.go$`},
	{regexp.MustCompile(`^gorm\.io/driver/postgres\.(Open|New)$|^github\.com/jackc/pgx.*\.(Connect|ConnectConfig|(Open|New)\w*)$`), `^internal/database/(postgres|health|alone)\.go$`},
}

func TestProgram_ConnectsOnlyWhereItIsDocumented(t *testing.T) {
	found := make([]bool, len(reaches))
	files := 0
	err := filepath.WalkDir(harness.Root(), func(file string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(harness.Root(), file)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "tests" || strings.HasPrefix(name, ".") && name != "."):
			return filepath.SkipDir
		case filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		files++
		for _, used := range uses(t, file) {
			for i, r := range reaches {
				if !r.what.MatchString(used) {
					continue
				}
				found[i] = true
				if r.files == "" || !regexp.MustCompile(r.files).MatchString(filepath.ToSlash(name)) {
					t.Errorf("%s uses %s: a place it connects to, which docs/security/decisions.md has to name", name, used)
				}
			}
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Fatalf("%d files: %v", files, err)
	}
	for i, r := range reaches {
		if r.files != "" && !found[i] {
			t.Errorf("nothing matches %s any more: the test looks for the wrong thing", r.what)
		}
	}
}

var version = regexp.MustCompile(`/v\d+$`) // of an import path

// uses returns what a file uses of the packages it imports, each as path.Name.
func uses(t *testing.T, name string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	imported := map[string]string{}
	for _, spec := range file.Imports {
		imports, _ := strconv.Unquote(spec.Path.Value)
		name := strings.TrimSuffix(strings.TrimPrefix(path.Base(version.ReplaceAllString(imports, "")), "go-"), "-go")
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = imports
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if name, ok := selector.X.(*ast.Ident); ok && imported[name.Name] != "" {
				all = append(all, imported[name.Name]+"."+selector.Sel.Name)
			}
		}
		return true
	})
	return all
}
