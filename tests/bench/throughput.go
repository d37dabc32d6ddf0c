package main

import (
	"context"
	"errors"
	"runtime"

	"github.com/alexedwards/argon2id"

	"sallyport/auth/password"
	"sallyport/tests/harness"
)

const (
	bareGin = "bare Gin handler"
	rawHash = "raw Argon2id, every core"

	currentUserRow = "GET current-user, warm"
	refreshRow     = "POST refresh-token"
	refreshFullRow = "POST refresh-token, 10 devices"
	loginRow       = "POST login"
)

var throughputRows = []string{bareGin, currentUserRow, refreshRow, refreshFullRow, rawHash, loginRow}

// Accounts of each worker. No row touches another's, and none refreshes twice
// within the grace window.
const (
	fullAccounts    = 250
	refreshAccounts = 1000
	loginAccounts   = 100
	readAccounts    = 1
)

// measureThroughput compares with a bare Gin handler and the bare hash.
func measureThroughput(ctx context.Context, l *lab, e *engine, wanted selection) ([]line, error) {
	n := l.connections
	p, err := newPopulation(n*(fullAccounts+refreshAccounts+loginAccounts+readAccounts), n*fullAccounts)
	if err != nil {
		return nil, err
	}
	url, err := e.filled(ctx, p)
	if err != nil {
		return nil, err
	}
	program, err := l.serveProfiled(ctx, url)
	if err != nil {
		return nil, err
	}
	defer program.stop()
	bare, err := l.serveSelf(ctx, []string{bareVariable + "=on"})
	if err != nil {
		return nil, err
	}
	defer bare.stop()
	return takeTurns(ctx, throughput(p, n, program.address, bare.address), wanted, l.duration)
}

func throughput(p population, n int, program, bare string) []*row {
	visitors := func(address string, from, each int, do func(*visitor) error) func(int) (worker, error) {
		return func(i int) (worker, error) {
			return p.visitor(address, i, n, from, from+each*n, do)
		}
	}
	full := 0 // where the users of each row begin
	refresh := full + n*fullAccounts
	login := refresh + n*refreshAccounts
	read := login + n*loginAccounts
	return []*row{
		{name: bareGin, count: n,
			worker: visitors(bare, read, readAccounts, (*visitor).root)},
		{name: currentUserRow, against: bareGin, compare: share, target: atLeast(0.60, "%.2f"), count: n,
			worker: visitors(program, read, readAccounts, (*visitor).currentUser)},
		{name: refreshRow, against: bareGin, compare: share, target: atLeast(0.15, "%.2f"), count: n,
			worker: visitors(program, refresh, refreshAccounts, (*visitor).rotate)},
		{name: refreshFullRow, against: bareGin, compare: share, target: atLeast(0.10, "%.2f"), count: n,
			worker: visitors(program, full, fullAccounts, (*visitor).rotate)},
		{name: rawHash, count: runtime.GOMAXPROCS(0), worker: func(int) (worker, error) { return hash() }},
		{name: loginRow, against: rawHash, compare: share, target: atLeast(0.95, "%.2f"), count: n,
			worker: visitors(program, login, loginAccounts, (*visitor).login)},
	}
}

func hash() (worker, error) {
	stored, err := argon2id.CreateHash(harness.Password, &password.Recommended)
	return func() error {
		match, _, err := argon2id.CheckHash(harness.Password, stored)
		if err == nil && !match {
			err = errors.New("the hash does not match")
		}
		return err
	}, err
}
