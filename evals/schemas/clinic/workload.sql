-- A day in the clinic.

-- step: what only this database has
UPDATE patients SET ssn = '65 ' || lpad(id::text, 9, '0'), phone1 = '+49301' || id, is_private = CASE WHEN id % 70 = 0 THEN NULL ELSE is_private END;
INSERT INTO documents (document_uuid, owner_type, owner_id, title)
SELECT md5('letter' || i)::uuid::text, (ARRAY['patient', 'doctor', 'treatment'])[1 + i % 3], i, 'Letter ' || i FROM generate_series(1, 8000) i;
ANALYZE;

-- name: patient_file  calls: 60
-- with: 1 + n * n % 4000
SELECT id, starts_at, state, reason FROM appointments WHERE patient_id = $1 ORDER BY starts_at DESC

-- name: lab_of_patient  calls: 60
-- with: 1 + n * n % 4000
SELECT analyte, value, taken_at FROM lab_results WHERE patient_id = $1 ORDER BY taken_at DESC LIMIT 20

-- name: bill  calls: 60
-- with: 1 + n * 311 % 20000
SELECT code, fee FROM treatments WHERE appointment_id = $1

-- name: find_by_name  calls: 30
-- with: 'brandt' || 1 + n * 5
SELECT id, first_name, last_name FROM patients WHERE lower(last_name) = $1

-- name: unbilled  calls: 2
-- with: timestamp '2024-01-01' + n * interval '1 day'
SELECT id, patient_id FROM appointments WHERE starts_at > $1 AND id NOT IN (SELECT appointment_id FROM treatments WHERE done_at IS NOT NULL)

-- name: seen_often  calls: 2
-- with: n
SELECT p.id, p.last_name FROM patients p
WHERE p.id % 8 = $1 AND (SELECT count(*) FROM appointments a WHERE a.patient_id = p.id) > 0

-- name: letter  calls: 40
-- with: md5('letter' || n * 13)::uuid
SELECT title, uploaded_at FROM documents WHERE document_uuid = $1

-- name: day_of_doctor  calls: 60
-- with: 1 + n % 20, timestamp '2024-03-01' + n * interval '1 day'
SELECT id, patient_id, starts_at FROM appointments WHERE doctor_id = $1 AND starts_at >= $2 ORDER BY starts_at LIMIT 30

-- name: prescribed  calls: 60
-- with: 1 + n * 17 % 4000
SELECT medicine, issued_on FROM prescriptions WHERE patient_id = $1

-- step: log that is written is archived
SELECT pg_switch_wal();
