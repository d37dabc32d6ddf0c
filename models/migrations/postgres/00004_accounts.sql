-- +goose Up
ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';

-- Which files of pictures are somebody's.
CREATE INDEX users_avatar_url ON users (avatar_url) WHERE avatar_url <> '';
CREATE INDEX users_cover_image_url ON users (cover_image_url) WHERE cover_image_url <> '';

-- Links that were sent by mail. An address being replaced is reserved by the row
-- of its undo link.
CREATE TABLE one_time_tokens (
    token_hash text PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id uuid NOT NULL, -- of the mail that carries it
    purpose    text NOT NULL,
    email      text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at   timestamptz
);
CREATE INDEX one_time_tokens_user_id ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_email ON one_time_tokens (email);
CREATE INDEX one_time_tokens_expires_at ON one_time_tokens (expires_at);

-- Mail that waits to be delivered. user_id is null where it is nobody's, or
-- known by the address alone.
CREATE TABLE outbox (
    id         uuid PRIMARY KEY,
    user_id    uuid REFERENCES users (id) ON DELETE CASCADE,
    kind       text NOT NULL,
    recipient  text NOT NULL,
    locale     text NOT NULL,
    created_at timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    device     text NOT NULL,
    ip         text NOT NULL,
    attempts   integer NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL,
    lease_end  timestamptz
);
CREATE INDEX outbox_due_at ON outbox (due_at);
CREATE INDEX outbox_user_id ON outbox (user_id);
CREATE INDEX outbox_recipient ON outbox (recipient, kind);

CREATE TABLE activity (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event      text NOT NULL,
    at         timestamptz NOT NULL,
    device     text NOT NULL,
    user_agent text NOT NULL,
    ip         text NOT NULL
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
