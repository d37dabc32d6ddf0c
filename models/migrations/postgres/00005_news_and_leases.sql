-- +goose Up
-- Users whose rows have changed in a way that every instance has to know at once.
-- Each instance reads the rows of the last half minute every second. The time is
-- that of the database: clocks of instances differ.
CREATE TABLE news (
    id      uuid PRIMARY KEY,
    user_id uuid NOT NULL, -- also of a user who is gone
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX news_at ON news (at);

-- Work that one instance does at a time.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE leases;
DROP TABLE news;
