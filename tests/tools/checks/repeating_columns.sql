-- bad: public.contacts.mail; public.contacts.phone_1
CREATE TABLE contacts (id bigint PRIMARY KEY, phone_1 text, phone_2 text, phone_3 text, mail text, mail2 text);
-- repair
CREATE TABLE contact_phones (contact_id bigint REFERENCES contacts, phone text, PRIMARY KEY (contact_id, phone));
CREATE TABLE contact_mails (contact_id bigint REFERENCES contacts, mail text, PRIMARY KEY (contact_id, mail));
ALTER TABLE contacts DROP phone_1, DROP phone_2, DROP phone_3, DROP mail, DROP mail2;
-- good
CREATE TABLE contacts (id bigint PRIMARY KEY, address_line1 text, address_line2 text, x1 int, x2 int, sha1 text, sha256 text);
CREATE TABLE countries (id bigint PRIMARY KEY, iso2 text, iso3 text, ipv4 inet, ipv6 inet, p50 int, p95 int, sales_2023 int, sales_2024 int);
