-- +goose Up
ALTER TABLE users ADD COLUMN locale TEXT NOT NULL DEFAULT 'en';

-- Which files of pictures are somebody's.
CREATE INDEX users_avatar_url ON users (avatar_url) WHERE avatar_url <> '';
CREATE INDEX users_cover_image_url ON users (cover_image_url) WHERE cover_image_url <> '';

-- Links that were sent by mail. An address being replaced is reserved by the row
-- of its undo link.
CREATE TABLE one_time_tokens (
    token_hash TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL, -- of the mail that carries it
    purpose    TEXT NOT NULL,
    email      TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    spent_at   DATETIME
);
CREATE INDEX one_time_tokens_user_id ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_email ON one_time_tokens (email);
CREATE INDEX one_time_tokens_expires_at ON one_time_tokens (expires_at);

-- Mail that waits to be delivered. user_id is null where it is nobody's, or
-- known by the address alone.
CREATE TABLE outbox (
    id         TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    locale     TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    at         DATETIME NOT NULL,
    device     TEXT NOT NULL,
    ip         TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     DATETIME NOT NULL,
    lease_end  DATETIME
);
CREATE INDEX outbox_due_at ON outbox (due_at);
CREATE INDEX outbox_user_id ON outbox (user_id);
CREATE INDEX outbox_recipient ON outbox (recipient, kind);

CREATE TABLE activity (
    id         TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event      TEXT NOT NULL,
    at         DATETIME NOT NULL,
    device     TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    ip         TEXT NOT NULL
);
CREATE INDEX activity_user_id ON activity (user_id, id);
CREATE INDEX activity_at ON activity (at);

-- +goose Down
DROP TABLE activity;
DROP TABLE outbox;
DROP TABLE one_time_tokens;
DROP INDEX users_cover_image_url;
DROP INDEX users_avatar_url;
ALTER TABLE users DROP COLUMN locale;
