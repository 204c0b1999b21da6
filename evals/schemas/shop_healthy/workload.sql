-- The same evening, with the statements as they should be.

-- name: order_history  calls: 60
-- with: 1 + n * n % 3000
SELECT id, status, placed_at, total_cents FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 20

-- name: also_bought  calls: 20
-- with: 1 + n * 13 % 400
SELECT i.product_id, count(*) FROM order_items i
WHERE i.order_id IN (SELECT o.order_id FROM order_items o WHERE o.product_id = $1)
GROUP BY i.product_id ORDER BY count(*) DESC LIMIT 5

-- name: payments_of_order  calls: 60
-- with: 1 + n * 97 % 15000
SELECT id, amount, paid_at FROM payments WHERE order_id = $1

-- name: find_customer  calls: 40
-- with: (SELECT upper(email) FROM customers WHERE id = 1 + n * 31 % 3000)
SELECT id, full_name FROM customers WHERE lower(email) = lower($1) AND deleted_at IS NULL

-- name: orders_of_day  calls: 20
-- with: date '2025-03-01' + n
SELECT count(*), sum(total_cents) FROM orders WHERE placed_at >= $1::date AND placed_at < $1::date + 1

-- name: product_list  calls: 100
-- with: (SELECT array_agg(1 + n * m % 400)::text FROM generate_series(1, 5) m)
SELECT id, name, price, stock FROM products WHERE id = ANY ($1::bigint[])

-- name: reviews_of_product  calls: 60
-- with: 1 + n * 11 % 400
SELECT stars, body, created_at FROM reviews WHERE product_id = $1 ORDER BY created_at DESC LIMIT 10

-- name: items_of_order  calls: 60
-- with: 1 + n * 311 % 15000
SELECT product_id, quantity, unit_price_cents FROM order_items WHERE order_id = $1

-- name: cart  calls: 60
-- with: 1 + n
SELECT product_id, quantity FROM carts WHERE customer_id = $1

-- step: log that is written is archived
SELECT pg_switch_wal();
