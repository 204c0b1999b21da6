-- The same day, with the statements as they should be.

-- name: patient_file  calls: 60
-- with: 1 + n * n % 4000
SELECT id, starts_at, state, reason FROM appointments WHERE patient_id = $1 ORDER BY starts_at DESC

-- name: bill  calls: 60
-- with: 1 + n * 311 % 20000
SELECT code, fee FROM treatments WHERE appointment_id = $1

-- name: find_by_name  calls: 30
-- with: 'brandt' || 1 + n * 5
SELECT id, first_name, last_name FROM patients WHERE lower(last_name) = $1

-- name: day_of_doctor  calls: 60
-- with: 1 + n % 20, timestamp '2024-03-01' + n * interval '1 day'
SELECT id, patient_id, starts_at FROM appointments WHERE doctor_id = $1 AND starts_at >= $2 ORDER BY starts_at LIMIT 30

-- name: prescribed  calls: 60
-- with: 1 + n * 17 % 4000
SELECT medicine, issued_on FROM prescriptions WHERE patient_id = $1

-- step: log that is written is archived
SELECT pg_switch_wal();
