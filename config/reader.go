package config

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// reader returns checked values. It collects a problem for each wrong value and
// returns the default in its place, so that all problems are found at once.
type reader struct {
	environment map[string]string // of the process
	file        map[string]string // of .env
	problems    Problems
	notices     []Notice
}

func newReader(environ []string, dir string) (*reader, error) {
	file, err := readDotenv(filepath.Join(dir, ".env"))
	if err != nil {
		return nil, err
	}
	environment := make(map[string]string, len(environ))
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		environment[name] = value
	}
	return &reader{environment: environment, file: file}, nil
}

// get returns the value without surrounding space. An empty value counts as
// unset, because docker compose passes a variable without a value as empty. An
// empty value in the environment still hides the one in .env.
func (r *reader) get(name string) string {
	if value, ok := r.environment[name]; ok {
		return strings.TrimSpace(value)
	}
	return strings.TrimSpace(r.file[name])
}

func (r *reader) fail(name, wrong, good string) {
	r.problems = append(r.problems, Problem{name, wrong, good})
}

// warn adds a notice about a setting that may be a mistake.
func (r *reader) warn(format string, args ...any) {
	r.notices = append(r.notices, Notice{slog.LevelWarn, fmt.Sprintf(format, args...)})
}

// inform adds a notice about a setting that is in order: only those read it who
// look for it.
func (r *reader) inform(format string, args ...any) {
	r.notices = append(r.notices, Notice{slog.LevelDebug, fmt.Sprintf(format, args...)})
}

func (r *reader) failed(names ...string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool {
		return slices.Contains(names, p.Variable)
	})
}

func (r *reader) text(name, fallback string) string {
	if value := r.get(name); value != "" {
		return value
	}
	return fallback
}

// choice accepts fallback and others, in upper or lower case.
func (r *reader) choice(name, fallback string, others ...string) string {
	value := strings.ToLower(r.get(name))
	if value == "" || value == fallback || slices.Contains(others, value) {
		return strings.ToLower(r.text(name, fallback))
	}
	good := strings.Join(append([]string{fallback}, others...), " or ")
	r.fail(name, fmt.Sprintf("%.40q is not one of its values", value), good)
	return fallback
}

func (r *reader) flag(name string, fallback bool) bool {
	switch value := strings.ToLower(r.get(name)); value {
	case "":
		return fallback
	case "true", "on", "1", "yes":
		return true
	case "false", "off", "0", "no":
		return false
	default:
		r.fail(name, fmt.Sprintf("%.40q is neither true nor false", value), "true or false (on/off, yes/no, 1/0)")
		return fallback
	}
}

func (r *reader) number(name string, fallback, low, high int) int {
	value := r.get(name)
	if value == "" {
		return fallback
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		wrong := fmt.Sprintf("%.40q is not a whole number from %d to %d", value, low, high)
		r.fail(name, wrong, strconv.Itoa(fallback))
		return fallback
	}
	return n
}

// list splits at commas. The value "none" is the empty list.
func (r *reader) list(name string, fallback ...string) []string {
	value := r.get(name)
	switch value {
	case "":
		return fallback
	case "none":
		return nil
	}
	parts := strings.Split(value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func (r *reader) logLevel() slog.Level {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo,
		"warn": slog.LevelWarn, "error": slog.LevelError,
	}
	return levels[r.choice("LOG_LEVEL", "info", "debug", "warn", "error")]
}

func (r *reader) logFormat(production bool) string {
	if production {
		return r.choice("LOG_FORMAT", "json", "text", "pretty")
	}
	return r.choice("LOG_FORMAT", "pretty", "text", "json")
}
