// Package structure checks the source and the pages that describe it: who
// imports whom, which routes, events and tests there are. It starts the program
// only to compare an answer with a file.
package structure
