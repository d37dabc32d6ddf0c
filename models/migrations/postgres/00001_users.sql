-- +goose Up
CREATE TABLE users (
    id                uuid PRIMARY KEY,
    username          text NOT NULL UNIQUE,
    email             text NOT NULL UNIQUE,
    full_name         text NOT NULL,
    avatar_url        text NOT NULL DEFAULT '',
    cover_image_url   text NOT NULL DEFAULT '',
    password_hash     text NOT NULL,
    role              text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    email_verified_at timestamptz,
    disabled_at       timestamptz,
    failed_logins     integer NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    refresh_tokens    text NOT NULL DEFAULT '[]',
    sessions_version  bigint NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE users;
