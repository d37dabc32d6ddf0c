-- +goose Up
-- Users whose rows have changed in a way that the running program has to know at
-- once, also where a command has changed them. It reads the rows of the last half
-- minute every second.
CREATE TABLE news (
    id      TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL, -- also of a user who is gone
    at      INTEGER NOT NULL DEFAULT (unixepoch())
);
CREATE INDEX news_at ON news (at);

-- Work that one process does at a time.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY NOT NULL,
    expires_at DATETIME NOT NULL
);

-- +goose Down
DROP TABLE leases;
DROP TABLE news;
