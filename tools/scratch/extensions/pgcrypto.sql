-- digests and random bytes only; encryption, passwords and PGP can be planned and not run
CREATE FUNCTION digest(bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  CASE pg_catalog.lower($2)
    WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5($1), 'hex');
    WHEN 'sha224' THEN RETURN pg_catalog.sha224($1);
    WHEN 'sha256' THEN RETURN pg_catalog.sha256($1);
    WHEN 'sha384' THEN RETURN pg_catalog.sha384($1);
    WHEN 'sha512' THEN RETURN pg_catalog.sha512($1);
    ELSE RAISE feature_not_supported USING MESSAGE = 'this digest is not available in scratch';
  END CASE;
END $$;
CREATE FUNCTION digest(text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  CASE pg_catalog.lower($2)
    WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5($1), 'hex');
    WHEN 'sha224' THEN RETURN pg_catalog.sha224(pg_catalog.convert_to($1, 'UTF8'));
    WHEN 'sha256' THEN RETURN pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8'));
    WHEN 'sha384' THEN RETURN pg_catalog.sha384(pg_catalog.convert_to($1, 'UTF8'));
    WHEN 'sha512' THEN RETURN pg_catalog.sha512(pg_catalog.convert_to($1, 'UTF8'));
    ELSE RAISE feature_not_supported USING MESSAGE = 'this digest is not available in scratch';
  END CASE;
END $$;
CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS
  $$ SELECT pg_catalog.gen_random_uuid() $$;
CREATE FUNCTION gen_random_bytes(integer) RETURNS bytea LANGUAGE sql VOLATILE STRICT PARALLEL SAFE AS
  $$ SELECT pg_catalog.substring(coalesce(pg_catalog.string_agg(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), ''), ''), 1, $1)
     FROM pg_catalog.generate_series(0, $1 / 16) $$;
CREATE FUNCTION hmac(text, text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'hmac is not available in scratch'; END $$;
CREATE FUNCTION hmac(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'hmac is not available in scratch'; END $$;
CREATE FUNCTION crypt(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'crypt is not available in scratch'; END $$;
CREATE FUNCTION gen_salt(text) RETURNS text LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'gen_salt is not available in scratch'; END $$;
CREATE FUNCTION gen_salt(text, integer) RETURNS text LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'gen_salt is not available in scratch'; END $$;
CREATE FUNCTION encrypt(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'encrypt is not available in scratch'; END $$;
CREATE FUNCTION decrypt(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'decrypt is not available in scratch'; END $$;
CREATE FUNCTION encrypt_iv(bytea, bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'encrypt_iv is not available in scratch'; END $$;
CREATE FUNCTION decrypt_iv(bytea, bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'decrypt_iv is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_encrypt(text, text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_encrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_encrypt(text, text, text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_encrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_encrypt_bytea(bytea, text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_encrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_encrypt_bytea(bytea, text, text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_encrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_decrypt(bytea, text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_decrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_decrypt(bytea, text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_decrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_decrypt_bytea(bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_decrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_sym_decrypt_bytea(bytea, text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_sym_decrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_encrypt(text, bytea) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_encrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_encrypt(text, bytea, text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_encrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_encrypt_bytea(bytea, bytea) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_encrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_encrypt_bytea(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_encrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_decrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea, text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_decrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea, text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_decrypt is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_decrypt_bytea(bytea, bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_decrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_decrypt_bytea(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_decrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_pub_decrypt_bytea(bytea, bytea, text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_pub_decrypt_bytea is not available in scratch'; END $$;
CREATE FUNCTION pgp_key_id(bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'pgp_key_id is not available in scratch'; END $$;
CREATE FUNCTION armor(bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'armor is not available in scratch'; END $$;
CREATE FUNCTION armor(bytea, text[], text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'armor is not available in scratch'; END $$;
CREATE FUNCTION dearmor(text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'dearmor is not available in scratch'; END $$;
