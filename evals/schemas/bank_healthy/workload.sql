-- The same day, with the statements as they should be.

-- name: booked_to  calls: 60
-- with: 1 + n * 17 % 5000
SELECT id, amount, booked_at FROM transfers WHERE to_account = $1 ORDER BY booked_at DESC LIMIT 30

-- name: booked_from  calls: 60
-- with: 1 + n * 17 % 5000
SELECT id, amount, booked_at FROM transfers WHERE from_account = $1 ORDER BY booked_at DESC LIMIT 30

-- name: sides_of_account  calls: 60
-- with: 1 + n * 17 % 5000
SELECT transfer_id, amount, kind FROM entries WHERE account_id = $1

-- name: sign_in  calls: 60
-- with: (SELECT upper(email) FROM holders WHERE id = 1 + n * 31 % 3000)
SELECT id FROM holders WHERE lower(email) = lower($1)

-- name: month_of_bookings  calls: 6
-- with: date '2025-02-01' + 30 * n
SELECT count(*), sum(amount) FROM transfers WHERE booked_at >= $1::date AND booked_at < $1::date + 7

-- name: accounts_of_holder  calls: 60
-- with: 1 + n * n % 3000
SELECT id, iban, balance, status FROM accounts WHERE holder_id = $1

-- name: statements_of  calls: 60
-- with: 1 + n
SELECT month, body FROM statements WHERE account_id = $1

-- step: log that is written is archived
SELECT pg_switch_wal();
