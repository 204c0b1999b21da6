-- 3,000 customers, 400 products, 15,000 orders, 30,000 items; the same rows every time.
-- step: customers and products
INSERT INTO customers (id, email, full_name, birthday, newsletter, created_at, deleted_at)
SELECT i, 'customer' || i || '@example.com', (ARRAY['Ada', 'Ben', 'Chloe', 'Deniz', 'Emeka'])[1 + i % 5] || ' ' || i,
       date '1960-01-01' + i * 7 % 15000, i % 3 = 0, timestamptz '2024-01-01' + i * interval '3 hours',
       CASE WHEN i % 60 = 0 THEN timestamptz '2025-11-01' END
FROM generate_series(1, 3000) i;

INSERT INTO products (id, sku, name, price, stock, created_at)
SELECT i, 'SKU-' || lpad(i::text, 8, '0'), (ARRAY['Lamp', 'Chair', 'Table', 'Shelf', 'Rug'])[1 + i % 5] || ' ' || i,
       5 + i % 200 + 0.99, i % 90, timestamptz '2024-01-01' + i * interval '1 day'
FROM generate_series(1, 400) i;

INSERT INTO coupons (id, code, percent, valid_from, valid_to)
SELECT i, 'SAVE' || i, 5 + i % 40, timestamptz '2025-01-01', timestamptz '2026-01-01' FROM generate_series(1, 50) i;

-- step: orders
INSERT INTO orders (id, customer_id, coupon_id, status, placed_at, total_cents, note)
SELECT i, 1 + i * i % 3000, CASE WHEN i % 40 = 0 THEN 1 + i % 50 END,
       (ARRAY['paid', 'shipped', 'shipped', 'returned', 'new'])[1 + i % 5], timestamptz '2024-06-01' + i * interval '50 minutes',
       1000 + i % 30000, CASE WHEN i % 20 = 0 THEN 'Ring twice.' END
FROM generate_series(1, 15000) i;

INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT i, 1 + i * k * 7 % 400, 1 + i % 3, 500 + i % 20000 FROM generate_series(1, 15000) i, generate_series(1, 2) k
WHERE k = 1 OR (1 + i * 7 % 400) <> (1 + i * 14 % 400);

INSERT INTO payments (id, order_id, amount, paid_at)
SELECT i, i, 10 + i % 300, timestamptz '2024-06-02' + i * interval '50 minutes' FROM generate_series(1, 15000) i WHERE i % 5 <> 4;

INSERT INTO carts (customer_id, product_id, quantity) SELECT i, 1 + i % 400, 1 + i % 2 FROM generate_series(1, 600) i;

INSERT INTO reviews (product_id, customer_id, stars, body, created_at)
SELECT 1 + i % 400, 1 + i % 3000, 1 + i % 5, 'As described, review ' || i, timestamptz '2025-01-01' + i * interval '1 hour'
FROM generate_series(1, 6000) i;
