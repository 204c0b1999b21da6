-- 4,000 patients, 20 doctors, 20,000 appointments; the same rows every time.
-- step: people
INSERT INTO patients (id, first_name, last_name, date_of_birth, is_private, created_at)
SELECT i, (ARRAY['Ada', 'Ben', 'Chloe', 'Deniz'])[1 + i % 4], (ARRAY['Abel', 'Brandt', 'Castro', 'Dogan', 'Eze'])[1 + i % 5] || i,
       date '1940-01-01' + i * 5 % 25000, i % 9 = 0, timestamptz '2023-01-01' + i * interval '5 hours'
FROM generate_series(1, 4000) i;

INSERT INTO doctors (id, last_name, speciality, room)
SELECT i, 'Dr. ' || (ARRAY['Fontana', 'Gruber', 'Haas', 'Ito'])[1 + i % 4] || i, (ARRAY['skin', 'heart', 'eyes'])[1 + i % 3], 'R' || i
FROM generate_series(1, 20) i;

-- step: what they do
INSERT INTO appointments (id, patient_id, doctor_id, starts_at, ends_at, state, reason, cancelled_at)
SELECT i, 1 + i * i % 4000, 1 + i % 20, starts, starts + interval '20 minutes',
       CASE WHEN i % 30 = 0 THEN 'cancelled' WHEN i % 9 = 0 THEN 'missed' ELSE 'done' END, 'Complaint ' || i % 50,
       CASE WHEN i % 30 = 0 THEN starts - interval '1 day' END
FROM generate_series(1, 20000) i, LATERAL (SELECT timestamptz '2024-01-01 08:00+00' + i / 20 * interval '30 minutes' AS starts) s;

INSERT INTO treatments (id, appointment_id, code, fee, done_at)
SELECT i, i, 'T' || i % 200, (20 + i % 180)::numeric, timestamptz '2024-01-01' + i / 20 * interval '30 minutes'
FROM generate_series(1, 20000) i WHERE i % 30 <> 0;

INSERT INTO lab_results (patient_id, analyte, value, flags, taken_at)
SELECT 1 + i * 3 % 4000, (ARRAY['glucose', 'iron', 'sodium', 'tsh'])[1 + i % 4], i % 150, 'normal',
       timestamptz '2024-02-01' + i * interval '1 hour'
FROM generate_series(1, 12000) i;

INSERT INTO prescriptions (patient_id, doctor_id, medicine, issued_on)
SELECT 1 + i * 7 % 4000, 1 + i % 20, 'M' || i % 300, date '2024-01-02' + i / 20 FROM generate_series(1, 10000) i;
