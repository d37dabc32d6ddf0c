-- +goose Up
-- Search by the first characters of a name, compared byte by byte.
CREATE INDEX users_username_prefix ON users (username COLLATE "C");
CREATE INDEX users_email_prefix ON users (email COLLATE "C");
CREATE INDEX users_full_name_prefix ON users ((lower(full_name)) COLLATE "C");

-- The few users that an administrator asks for.
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';
CREATE INDEX users_disabled ON users (id) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_locked ON users (id) WHERE failed_logins >= 100;
CREATE INDEX users_unverified ON users (id) WHERE email_verified_at IS NULL;

-- What administrators did. It names accounts without a foreign key: it stays when
-- they go. actor_id is null on the command line.
CREATE TABLE admin_actions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL,
    actor_id   uuid,
    event      text NOT NULL,
    at         timestamptz NOT NULL,
    device     text NOT NULL,
    user_agent text NOT NULL,
    ip         text NOT NULL
);
CREATE INDEX admin_actions_at ON admin_actions (at);
CREATE INDEX admin_actions_user_id ON admin_actions (user_id, at);
CREATE INDEX admin_actions_actor_id ON admin_actions (actor_id, at);

-- Events of everybody, by kind and by address.
CREATE INDEX activity_event ON activity (event, at);
CREATE INDEX activity_ip ON activity (ip, at);

-- +goose Down
DROP INDEX activity_ip;
DROP INDEX activity_event;
DROP TABLE admin_actions;
DROP INDEX users_unverified;
DROP INDEX users_locked;
DROP INDEX users_disabled;
DROP INDEX users_admins;
DROP INDEX users_full_name_prefix;
DROP INDEX users_email_prefix;
DROP INDEX users_username_prefix;
