package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What a page may refer to. Tests, files and settings stand between backticks,
// files with their path from the root; links start at the page.
var (
	testName    = regexp.MustCompile("`([a-z0-9/]+\\.(?:Test|Fuzz)\\w+)`")
	fileName    = regexp.MustCompile("`((?:[\\w.-]+/)*[\\w.-]+\\.(?:go|md|yaml|js|html|sql|csv|mod|sum|example)|\\.ci/[\\w-]+)`")
	settingName = regexp.MustCompile("`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`")
	link        = regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
)

// tree is what there is to refer to.
type tree struct {
	root     string
	tests    []string // each as folder.TestName
	settings string   // .env.example
}

// absent returns what the text of a page in this folder refers to and is not
// there.
func (t tree) absent(text, folder string) (names []string) {
	for _, name := range named(testName, text) {
		if !slices.Contains(t.tests, name) {
			names = append(names, name)
		}
	}
	for _, name := range named(fileName, text) {
		if !exists(filepath.Join(t.root, name)) {
			names = append(names, name)
		}
	}
	for _, name := range named(link, text) {
		if !exists(filepath.Join(folder, name)) {
			names = append(names, name)
		}
	}
	for _, name := range named(settingName, text) {
		if !strings.Contains(t.settings, "#"+name+"=") {
			names = append(names, name)
		}
	}
	return names
}

// named returns each name the pattern finds, once.
func named(pattern *regexp.Regexp, text string) (names []string) {
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
