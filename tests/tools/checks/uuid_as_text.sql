-- bad: public.devices.device_guid; public.devices.id
CREATE TABLE devices (id char(36) PRIMARY KEY, device_guid text);
-- repair
ALTER TABLE devices ALTER id TYPE uuid USING id::uuid, ALTER device_guid TYPE uuid USING device_guid::uuid;
-- good
CREATE TABLE devices (id uuid PRIMARY KEY, phone varchar(36), guide text, short_uuid varchar(22));
