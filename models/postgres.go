package models

import (
	"log/slog"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const (
	postgresConnections = 20               // of one instance; PostgreSQL allows 100 in all by default
	postgresIdle        = 10               // kept open between bursts
	postgresLifetime    = 30 * time.Minute // so that a moved server is found again
)

func openPostgres(url string, log *slog.Logger) (*Store, error) {
	db, err := gorm.Open(postgres.Open(url), gormConfig(log))
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(postgresConnections)
	pool.SetMaxIdleConns(postgresIdle)
	pool.SetConnMaxLifetime(postgresLifetime)
	return &Store{driver: Postgres, write: db, read: db}, nil
}
