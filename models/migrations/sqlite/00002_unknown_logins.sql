-- +goose Up
-- One row: sign-ins under names nobody has. It is written where a known user's
-- failed_logins would be, so that both take the same time.
CREATE TABLE unknown_logins (
    id            INTEGER PRIMARY KEY NOT NULL,
    failed_logins INTEGER NOT NULL
);
INSERT INTO unknown_logins (id, failed_logins) VALUES (1, 0);

-- +goose Down
DROP TABLE unknown_logins;
