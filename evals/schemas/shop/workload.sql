-- An evening of the shop. The heads are explained in the to-do database.

-- step: what only this database has
UPDATE products SET categories = 'living,office' WHERE id % 4 = 0;
UPDATE payments SET card_number = '4111' || lpad(id::text, 12, '0') WHERE id % 3 = 0;
UPDATE customers SET newsletter = NULL WHERE id % 50 = 0;
INSERT INTO product_attributes SELECT i, k, 'some ' || k FROM generate_series(1, 400) i, unnest(ARRAY['colour', 'size', 'weight']) k;

-- name: order_history  calls: 40
-- with: 1 + n * n % 3000
SELECT id, status, placed_at, total_cents FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 20

-- name: also_bought  calls: 10
-- with: 1 + n * 13 % 400
SELECT i.product_id, count(*) FROM order_items i
WHERE i.order_id IN (SELECT o.order_id FROM order_items o WHERE o.product_id = $1)
GROUP BY i.product_id ORDER BY count(*) DESC LIMIT 5

-- name: best_customers  calls: 2
-- with: n
SELECT c.id, c.full_name, (SELECT sum(o.total_cents) FROM orders o WHERE o.customer_id = c.id) AS spent
FROM customers c WHERE c.id % 10 = $1 ORDER BY spent DESC NULLS LAST LIMIT 10

-- name: never_paid  calls: 2
-- with: timestamp '2024-06-01' + n * interval '1 day'
SELECT id, placed_at FROM orders WHERE placed_at > $1 AND id NOT IN (SELECT order_id FROM payments WHERE paid_at IS NOT NULL) LIMIT 50

-- name: payments_of_order  calls: 60
-- with: 1 + n * 97 % 15000
SELECT id, amount, paid_at FROM payments WHERE order_id = $1

-- name: find_customer  calls: 40
-- with: (SELECT upper(email) FROM customers WHERE id = 1 + n * 31 % 3000)
SELECT id, full_name FROM customers WHERE lower(email) = lower($1)

-- name: orders_of_day  calls: 20
-- with: date '2025-03-01' + n
SELECT count(*), sum(total_cents) FROM orders WHERE date(placed_at) = $1

-- name: product_page  calls: 1500
-- with: 1 + n * n % 400
SELECT * FROM products WHERE id = $1

-- name: reviews_of_product  calls: 60
-- with: 1 + n * 11 % 400
SELECT stars, body, created_at FROM reviews WHERE product_id = $1 ORDER BY created_at DESC LIMIT 10

-- name: items_of_order  calls: 60
-- with: 1 + n * 311 % 15000
SELECT product_id, quantity, unit_price_cents FROM order_items WHERE order_id = $1

-- name: cart  calls: 60
-- with: 1 + n
SELECT product_id, quantity FROM carts WHERE customer_id = $1

-- step: the replica at the old hoster was switched off, its slot was not
SELECT pg_create_physical_replication_slot('old_hoster', true);
