-- +goose Up
-- 256 rows, of which a name has one: in a single row sign-ins under different
-- unknown names would wait for each other on PostgreSQL.
INSERT INTO unknown_logins (id, failed_logins)
WITH RECURSIVE numbers (id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM numbers WHERE id < 256)
SELECT id, 0 FROM numbers;

-- +goose Down
DELETE FROM unknown_logins WHERE id > 1;
