-- +goose Up
CREATE TABLE users (
    id                TEXT PRIMARY KEY NOT NULL,
    username          TEXT NOT NULL UNIQUE,
    email             TEXT NOT NULL UNIQUE,
    full_name         TEXT NOT NULL,
    avatar_url        TEXT NOT NULL DEFAULT '',
    cover_image_url   TEXT NOT NULL DEFAULT '',
    password_hash     TEXT NOT NULL,
    role              TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    email_verified_at DATETIME,
    disabled_at       DATETIME,
    failed_logins     INTEGER NOT NULL DEFAULT 0,
    created_at        DATETIME NOT NULL,
    updated_at        DATETIME NOT NULL,
    refresh_tokens    TEXT NOT NULL DEFAULT '[]',
    sessions_version  INTEGER NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE users;
