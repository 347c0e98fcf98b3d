-- What one tenant may take of the server. Two pods of callbot-records have four connections each, and twice as many while a certificate changes.
CREATE OR REPLACE FUNCTION callbot.make_tenant(tenant text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- A namespace is the name of its role.
  IF tenant !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' THEN
    RAISE EXCEPTION 'a tenant is a namespace: lower case letters, digits and "-", 63 at most' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (
    SELECT FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member
    WHERE rolname = tenant AND roleid = 'callbot_tenant'::regrole
  ) THEN RETURN; END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = tenant) THEN
    RAISE EXCEPTION 'the database has a role % that is no tenant''s: rename it, or choose another namespace', tenant
      USING ERRCODE = 'duplicate_object';
  END IF;
  EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 16 IN ROLE callbot_tenant', tenant);
END $$;
REVOKE ALL ON FUNCTION callbot.make_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.make_tenant TO callbot_sweep;

DO $$
DECLARE tenant regrole;
BEGIN
  FOR tenant IN SELECT member::regrole FROM pg_auth_members WHERE roleid = 'callbot_tenant'::regrole LOOP
    BEGIN
      EXECUTE format('ALTER ROLE %s CONNECTION LIMIT 16', tenant);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- another database of this server has made it
    END;
  END LOOP;
END $$;

-- Erasure has connections that tenants can't take (reserved_connections).
DO $$
BEGIN
  GRANT pg_use_reserved_connections TO callbot_sweep;
EXCEPTION WHEN insufficient_privilege THEN
  NULL; -- in a database of others, its administrator decides
END $$;

-- Locks that sessions name would stop a migration, and large objects are stored beyond every policy. Neither is for tenants.
DO $$
DECLARE each regprocedure;
BEGIN
  FOR each IN
    SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
      AND proname ~ '^(pg_(try_)?advisory_|lo_(creat|create|from_bytea|put|import|open|truncate|truncate64)$|lowrite$)'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', each);
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END $$;
