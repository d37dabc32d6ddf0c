package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

type database struct{ address string }

func (d database) get(path string) ([]byte, error) {
	response, err := http.Get(d.address + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

// copyTo replaces the index and the records in the folder, once all are here.
func (d database) copyTo(folder string, index []byte, modules []entry) error {
	date, err := d.get("index/db.json")
	if err != nil {
		return err
	}
	files := map[string][]byte{"index/db.json": date, "index/modules.json": index}
	for _, module := range modules {
		for _, record := range module.Vulns {
			path := "ID/" + record.ID + ".json"
			if files[path], err = d.get(path); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(folder, "ID")); err != nil {
		return err
	}
	return write(folder, files)
}

func write(folder string, files map[string][]byte) error {
	for path, text := range files {
		path = filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
