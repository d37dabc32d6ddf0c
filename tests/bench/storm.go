package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"
)

const (
	readers      = 8                     // connections that read meanwhile
	readInterval = 40 * time.Millisecond // of each reader: 200 requests a second in all
	retryAfter   = time.Second           // what a refused login is asked to wait
)

func stormRows(logins int) []string {
	during := fmt.Sprintf(", %d logins at once", logins)
	return []string{"memory, idle", "memory" + during, "GET current-user p99" + during}
}

// measureStorm signs in on many connections at once, without a pause, while
// others read at a steady rate.
func measureStorm(ctx context.Context, l *lab, e *engine, _ selection) ([]line, error) {
	m, err := e.sized(ctx, fewUsers)
	if err != nil {
		return nil, err
	}
	program, err := l.serve(ctx, m.url)
	if err != nil {
		return nil, err
	}
	defer program.stop()
	if err := alive(program.address); err != nil {
		return nil, err
	}
	names, pid := stormRows(l.logins), program.process.Process.Pid
	idle := memoryLine(names[0], pid, "VmRSS", 64)
	logins, reads, err := storm(ctx, m.population, program.address, l.logins, l.duration)
	if err != nil {
		return nil, err
	}
	peak := memoryLine(names[1], pid, "VmHWM", 160)
	peak.result = logins
	p99 := float64(reads.percentile(99)) / float64(time.Millisecond)
	return []line{idle, peak, {name: names[2], value: p99, target: atMost(50, "%.1f ms"), result: reads}}, nil
}

func alive(address string) error {
	c, err := dial(address)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	return c.send("GET", "/healthz", "")
}

// storm returns what was answered to those who signed in and those who read.
func storm(ctx context.Context, p population, address string, count int, d time.Duration) (logins, reads result, err error) {
	half := p.users / 2 // the first half signs in
	loginWorkers, err := crowd(count, func(i int) (worker, error) {
		once, err := p.visitor(address, i, count, 0, half, (*visitor).login)
		return func() error { return untilServed(ctx, once) }, err
	})
	if err != nil {
		return logins, reads, err
	}
	readWorkers, err := crowd(readers, func(i int) (worker, error) {
		return p.visitor(address, i, readers, half, p.users, (*visitor).currentUser)
	})
	if err != nil {
		return logins, reads, err
	}
	var group sync.WaitGroup
	group.Go(func() { logins = measure(loginWorkers, d) })
	reads = measurePaced(readWorkers, readInterval, d)
	group.Wait()
	return logins, reads, errors.Join(logins.err, reads.err)
}

func crowd(count int, newWorker func(i int) (worker, error)) (workers []worker, err error) {
	workers = make([]worker, count)
	for i := range workers {
		if workers[i], err = newWorker(i); err != nil {
			return nil, err
		}
	}
	return workers, nil
}

// untilServed repeats a request until the server is no longer too busy for it.
func untilServed(ctx context.Context, once worker) error {
	for {
		err := once()
		var refused statusError
		if !errors.As(err, &refused) || refused.status != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryAfter):
		}
	}
}

// memoryLine reads one line of /proc/PID/status, which only Linux has.
func memoryLine(name string, pid int, field string, most float64) line {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return line{name: name, note: "not measured: " + err.Error()}
	}
	kilobytes, err := statusField(string(status), field)
	if err != nil {
		return line{name: name, note: "not measured: " + err.Error()}
	}
	return line{name: name, value: kilobytes / 1024, target: atMost(most, "%.0f MiB")}
}

// statusField returns the kB of a field of /proc/PID/status.
func statusField(status, field string) (kilobytes float64, err error) {
	found := regexp.MustCompile(`(?m)^` + field + `:\s+(\d+) kB$`).FindStringSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("no %s in /proc", field)
	}
	return strconv.ParseFloat(found[1], 64)
}
