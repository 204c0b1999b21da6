-- 3,000 holders, 5,000 accounts, 15,000 transfers; the same rows every time.
-- step: accounts
INSERT INTO holders (id, full_name, email, birth_date, is_blocked, country, created_at)
SELECT i, 'Holder ' || i, 'holder' || i || '@example.com', date '1950-01-01' + i * 6 % 20000, i % 90 = 0,
       (ARRAY['DE', 'FR', 'NG'])[1 + i % 3], timestamptz '2020-01-01' + i * interval '5 hours'
FROM generate_series(1, 3000) i;

INSERT INTO branches (id, name) SELECT i, 'Branch ' || i FROM generate_series(1, 12) i;

INSERT INTO accounts (id, holder_id, branch_id, iban, balance, status, opened_on)
SELECT i, 1 + i % 3000, 1 + i % 12, 'DE' || lpad((i * 7919)::text, 20, '0'), i * 37 % 90000, 'open', date '2020-01-01' + i % 2000
FROM generate_series(1, 5000) i;

-- step: money that moves
INSERT INTO transfers (id, from_account, to_account, amount, booked_at, reference, reversed_by)
SELECT i, 1 + i * i % 5000, 1 + (i * i + 1 + i % 700) % 5000, 1 + i % 4000, timestamptz '2025-01-01' + i * interval '30 minutes',
       'Rent ' || i % 12, CASE WHEN i % 500 = 0 THEN i - 1 END
FROM generate_series(1, 15000) i;

INSERT INTO entries (transfer_id, account_id, amount, kind)
SELECT id, from_account, -amount, 'debit' FROM transfers UNION ALL SELECT id, to_account, amount, 'credit' FROM transfers;

INSERT INTO statements (id, account_id, month, body)
SELECT i, 1 + i % 5000, date '2025-01-01' + i / 5000 * 31, json_build_object('lines', i % 40) FROM generate_series(1, 10000) i;

INSERT INTO exchange_rates SELECT c, date '2025-01-01' + i, date '2025-01-02' + i, 1 + i / 100.0
FROM generate_series(0, 300) i, unnest(ARRAY['USD', 'CHF', 'NGN']) c;

INSERT INTO blocklist (iban) SELECT 'XX' || i FROM generate_series(1, 50) i;
