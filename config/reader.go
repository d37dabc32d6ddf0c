package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader hands out checked values and collects what is wrong with the others.
// A wrong value reads as its default, so that reading can go on.
type reader struct {
	environment map[string]string // the process's
	file        map[string]string // .env's
	problems    Problems
	notices     []Notice
}

// get returns the value without surrounding space; an empty value is an unset
// one, as `docker compose` passes variables it has no value for. One set to
// nothing in the environment still hides the one in .env.
func (r *reader) get(name string) string {
	if value, ok := r.environment[name]; ok {
		return strings.TrimSpace(value)
	}
	return strings.TrimSpace(r.file[name])
}

func (r *reader) fail(name, wrong, good string) {
	r.problems = append(r.problems, Problem{name, wrong, good})
}

// warn has the operator told of something they may not have meant.
func (r *reader) warn(format string, args ...any) {
	r.notices = append(r.notices, Notice{slog.LevelWarn, fmt.Sprintf(format, args...)})
}

// inform has the operator told of something that is as it should be.
func (r *reader) inform(format string, args ...any) {
	r.notices = append(r.notices, Notice{slog.LevelInfo, fmt.Sprintf(format, args...)})
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

// choice accepts fallback or one of others, in any case.
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

func (r *reader) duration(name string, fallback, low, high time.Duration) time.Duration {
	value := r.get(name)
	if value == "" {
		return fallback
	}
	d, ok := parseDuration(value)
	switch {
	case !ok:
		r.fail(name, fmt.Sprintf("%.40q is not a duration", value), "30s, 15m, 12h or 7d")
	case d < low || d > high:
		wrong := fmt.Sprintf("%.40q is out of range", value)
		r.fail(name, wrong, showDuration(low)+" to "+showDuration(high))
	case low > 0 && d%time.Second != 0:
		r.fail(name, fmt.Sprintf("%.40q is not in whole seconds", value), showDuration(fallback))
	default:
		return d
	}
	return fallback
}

// list splits at commas. "none" is the empty list, also where the default is
// not empty.
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

func (r *reader) logJSON(terminal bool) bool {
	if terminal {
		return r.choice("LOG_FORMAT", "text", "json") == "json"
	}
	return r.choice("LOG_FORMAT", "json", "text") == "json"
}
