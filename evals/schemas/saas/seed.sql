-- 60 tenants, 3,000 members, 12,000 tickets, 24,000 comments; the same rows every time.
-- step: tenants and members
INSERT INTO tenants (id, name, plan, monthly_price, trial_ends_at)
SELECT i, 'Tenant ' || i, (ARRAY['free', 'team', 'business'])[1 + i % 3], i % 3 * 49.5, timestamptz '2025-01-01' + i * interval '1 day'
FROM generate_series(1, 60) i;

INSERT INTO members (id, tenant_id, email, role, is_active, deleted_at)
SELECT i, 1 + i % 60, 'member' || i || '@example.com', (ARRAY['agent', 'admin', 'guest'])[1 + i % 3], i % 20 <> 0,
       CASE WHEN i % 20 = 0 THEN timestamptz '2025-06-01' END
FROM generate_series(1, 3000) i;

-- step: what they do
INSERT INTO tickets (id, tenant_id, member_id, status, priority, subject, opened_at, closed_at)
SELECT i, 1 + i % 60, 1 + (i - 1) % 3000, CASE WHEN i % 25 = 0 THEN 'closed' ELSE 'open' END, (ARRAY['low', 'normal', 'high'])[1 + i % 3],
       'Question ' || i, timestamptz '2025-01-01' + i * interval '30 minutes',
       CASE WHEN i % 25 = 0 THEN timestamptz '2025-01-03' + i * interval '30 minutes' END
FROM generate_series(1, 12000) i;

INSERT INTO comments (id, tenant_id, ticket_id, member_id, body, created_at)
SELECT i, 1 + ticket % 60, ticket, 1 + (ticket - 1) % 3000, 'Answer ' || i, timestamptz '2025-01-02' + i * interval '15 minutes'
FROM generate_series(1, 24000) i, LATERAL (SELECT 1 + i * 7 % 12000 AS ticket) t;

INSERT INTO usage_records (tenant_id, day, quantity, amount)
SELECT i, date '2025-01-01' + d, d % 50, d % 50 * 0.2 FROM generate_series(1, 60) i, generate_series(0, 200) d;
