package web

import (
	_ "embed"
	"net/http"
)

//go:embed client/sallyport.js
var client []byte

// Client serves the client for browsers. Mount it at exactly "/client.js".
func Client() http.Handler {
	f, err := newFile("client.js", client, nil)
	if err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, assetPolicy) })
}
