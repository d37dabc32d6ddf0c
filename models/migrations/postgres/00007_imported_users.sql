-- +goose Up
-- Users that were imported from another program, by the ids that they got. A row stays
-- when its user goes, so that a second import of the same file does not bring back
-- who has deleted the account.
CREATE TABLE imported_users (
    id uuid PRIMARY KEY
);

-- +goose Down
DROP TABLE imported_users;
