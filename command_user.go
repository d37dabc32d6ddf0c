package main

// userCommands are what an operator does to one user.
type userCommands struct {
	Unlock userUnlockCommand `cmd:"" help:"Let a password sign in again after too many wrong ones."`
}
