package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	swagger "github.com/swaggest/swgui/v5/static"
)

//go:embed static client/sallyport.js
var static embed.FS

// swaggerFiles are the files of Swagger UI that the reference page loads. The
// module embeds them compressed.
var swaggerFiles = []string{"swagger-ui-bundle.js", "swagger-ui.css"}

// contentTypes lists every kind of file here. The system's table differs between
// machines, and browsers do not run a module script with another type.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml; charset=utf-8",
}

type file struct {
	contentType string
	etag        string // of the plain body, without quotes
	plain       []byte
	zipped      []byte // gzip; nil for a file that is embedded uncompressed
}

type content struct {
	client file            // of /client.js
	pages  map[string]file // by name: index.html
	assets map[string]file // by request path: /assets/app.js
}

// embedded loads the embedded files once. It panics on an error, because the
// files were fixed when the program was built.
var embedded = sync.OnceValue(func() content {
	c, err := load()
	if err != nil {
		panic("web: " + err.Error())
	}
	return c
})

func load() (content, error) {
	c := content{pages: map[string]file{}, assets: map[string]file{}}
	own, err := fs.ReadDir(static, "static")
	if err != nil {
		return c, err
	}
	for _, entry := range own {
		name := entry.Name()
		body, err := static.ReadFile("static/" + name)
		if err != nil {
			return c, err
		}
		f, err := newFile(name, body, nil)
		if err != nil {
			return c, err
		}
		if strings.HasSuffix(name, ".html") {
			c.pages[name] = f
		} else {
			c.assets["/assets/"+name] = f
		}
	}
	body, err := static.ReadFile("client/sallyport.js")
	if err != nil {
		return c, err
	}
	if c.client, err = newFile("sallyport.js", body, nil); err != nil {
		return c, err
	}
	for _, name := range swaggerFiles {
		f, err := loadZipped(name)
		if err != nil {
			return c, err
		}
		c.assets["/assets/swagger/"+name] = f
	}
	return c, nil
}

func loadZipped(name string) (file, error) {
	zipped, err := swagger.FS.ReadFile(name + ".gz")
	if err != nil {
		return file{}, err
	}
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return file{}, err
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return file{}, err
	}
	return newFile(name, plain, zipped)
}

func newFile(name string, plain, zipped []byte) (file, error) {
	contentType, ok := contentTypes[path.Ext(name)]
	if !ok {
		return file{}, fmt.Errorf("no content type for %s", name)
	}
	return file{contentType, etagOf(plain), plain, zipped}, nil
}

// with returns the file with values in the place of names, each a pair.
func (f file) with(namesAndValues ...string) file {
	plain := []byte(strings.NewReplacer(namesAndValues...).Replace(string(f.plain)))
	return file{f.contentType, etagOf(plain), plain, nil}
}

func etagOf(plain []byte) string {
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:8])
}
