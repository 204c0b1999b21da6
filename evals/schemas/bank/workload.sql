-- A day of the bank.

-- step: what only this database has
UPDATE holders SET password = 'spring' || id, is_blocked = CASE WHEN id % 60 = 0 THEN NULL ELSE is_blocked END;
UPDATE exchange_rates SET valid_from = NULL WHERE rate < 1.02;
ANALYZE;

-- name: booked_to  calls: 60
-- with: 1 + n * 17 % 5000
SELECT id, amount, booked_at FROM transfers WHERE to_account = $1 ORDER BY booked_at DESC LIMIT 30

-- name: sides_of_account  calls: 60
-- with: 1 + n * 17 % 5000
SELECT transfer_id, amount, kind FROM entries WHERE account_id = $1

-- name: either_side  calls: 30
-- with: 1 + n * 23 % 5000
SELECT id, amount FROM transfers WHERE from_account = $1 OR to_account = $1 ORDER BY booked_at DESC LIMIT 20

-- name: checked_balances  calls: 2
-- with: n
SELECT a.id, a.balance, (SELECT sum(e.amount) FROM entries e WHERE e.account_id = a.id) AS booked
FROM accounts a WHERE a.branch_id = 1 + $1 % 12

-- name: quiet_accounts  calls: 2
-- with: timestamp '2025-03-01' + n * interval '1 day'
SELECT id FROM accounts WHERE id NOT IN (SELECT from_account FROM transfers WHERE booked_at > $1)

-- name: sign_in  calls: 60
-- with: (SELECT upper(email) FROM holders WHERE id = 1 + n * 31 % 3000)
SELECT id FROM holders WHERE lower(email) = lower($1)

-- name: month_of_bookings  calls: 6
-- with: '2025-0' || 1 + n % 6
SELECT count(*), sum(amount) FROM transfers WHERE to_char(booked_at, 'YYYY-MM') = $1

-- name: account_by_id  calls: 1500
-- with: 1 + n * n % 5000
SELECT * FROM accounts WHERE id = $1

-- name: statements_of  calls: 60
-- with: 1 + n
SELECT month, body FROM statements WHERE account_id = $1

-- name: block  calls: 40
-- with: 1 + n * 3
UPDATE accounts SET status = 'blocked' WHERE id = $1

-- step: entries were numbered anew after the merger
UPDATE entries SET kind = kind;
