-- ANALYZE copies values of columns into pg_statistic, where they outlive their rows. A column of the same type again loses what was copied; who
-- migrates rewrites pg_statistic afterwards.
SET ROLE callbot_owner;
ALTER TABLE callbot.buckets ALTER COLUMN key TYPE bytea, ALTER COLUMN key SET STATISTICS 0;
ALTER TABLE callbot.records ALTER COLUMN key TYPE bytea, ALTER COLUMN body TYPE bytea;
DO $$
DECLARE part regclass;
BEGIN
  -- Those that are attached, and those that are detached and wait to be dropped.
  FOR part IN
    SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'callbot'::regnamespace AND relkind IN ('r', 'p') AND relname ~ '^records'
  LOOP
    EXECUTE format('ALTER TABLE ONLY %s ALTER COLUMN key SET STATISTICS 0, ALTER COLUMN body SET STATISTICS 0', part);
  END LOOP;
END $$;
RESET ROLE;

-- Who migrates ends transactions of tenants, and a superuser may do that anyway. Others need the rights of who made the transaction.
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
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT TRUE, SET FALSE', tenant);
  END IF;
END $$;
REVOKE ALL ON FUNCTION callbot.make_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.make_tenant TO callbot_sweep;

DO $$
DECLARE tenant regrole;
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RETURN; END IF;
  FOR tenant IN SELECT member::regrole FROM pg_auth_members WHERE roleid = 'callbot_tenant'::regrole LOOP
    BEGIN
      EXECUTE format('GRANT %s TO CURRENT_USER WITH INHERIT TRUE, SET FALSE', tenant);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- another database of this server has made it
    END;
  END LOOP;
END $$;

-- A transaction that stays open sees destroyed keys, and so their rows stay in the file of the table; it holds up partitions, too. Tenants need
-- some milliseconds, and can take limits of time away from themselves.
CREATE FUNCTION callbot.end_transactions(seconds integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::integer FROM pg_stat_activity
  WHERE datname = current_database() AND xact_start < clock_timestamp() - make_interval(secs => greatest(seconds, 1))
    AND usesysid IN (SELECT member FROM pg_auth_members WHERE roleid = 'callbot_tenant'::regrole)
    AND pg_has_role(usesysid, 'USAGE')
$$;
REVOKE ALL ON FUNCTION callbot.end_transactions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.end_transactions TO callbot_sweep;

-- Removes the WAL that is older than this call. A segment that was recycled has its old content until it is used: each of them is.
-- What remains: the setting wal_recycle, files that the server keeps for others, or nothing.
CREATE FUNCTION callbot.clear_wal() RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ahead integer;
  last text;
BEGIN
  SELECT count(*) INTO ahead FROM pg_ls_waldir()
    WHERE name ~ '^[0-9A-F]{24}$' AND substr(name, 9) > substr(pg_walfile_name(pg_current_wal_insert_lsn()), 9);
  -- One is made ahead, with zeros.
  FOR turn IN 1..greatest(ahead, 1) LOOP
    PERFORM pg_logical_emit_message(false, 'callbot', '');
    last := pg_walfile_name(pg_switch_wal() - 1);
  END LOOP;
  CHECKPOINT;
  IF current_setting('wal_recycle')::boolean THEN RETURN 'Recycled'; END IF;
  IF EXISTS (SELECT FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND substr(name, 9) <= substr(last, 9)) THEN RETURN 'Kept'; END IF;
  RETURN 'Gone';
END $$;
REVOKE ALL ON FUNCTION callbot.clear_wal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.clear_wal TO callbot_sweep;
