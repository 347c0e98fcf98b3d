-- One program, callbot-store, speaks SQL for all tenants. It names the tenant at the beginning of each transaction, and row security compares
-- with that name. Tenants have no role any more.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callbot_store') THEN
    CREATE ROLE callbot_store LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
END $$;

-- Who migrates ends its transactions that stay open, and a superuser may do that anyway. Others need the rights of who made the transaction.
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT callbot_store TO CURRENT_USER WITH INHERIT TRUE, SET FALSE;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  NULL; -- another database of this server has made it
END $$;
CREATE OR REPLACE FUNCTION callbot.end_transactions(seconds integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::integer FROM pg_stat_activity
  WHERE datname = current_database() AND xact_start < clock_timestamp() - make_interval(secs => greatest(seconds, 1))
    AND usename = 'callbot_store' AND pg_has_role(usesysid, 'USAGE')
$$;

SET ROLE callbot_owner;
GRANT USAGE ON SCHEMA callbot TO callbot_store;

-- Whose rows the transaction is about. Without it: nobody's.
CREATE FUNCTION callbot.tenant() RETURNS name LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('callbot.tenant', true), '')::name;

ALTER POLICY own ON callbot.buckets TO callbot_store USING (tenant = callbot.tenant());
ALTER POLICY no_longer_than_its_life ON callbot.buckets TO callbot_store;
ALTER POLICY not_due ON callbot.buckets TO callbot_store;
ALTER POLICY read_own ON callbot.records TO callbot_store
  USING (
    tenant = callbot.tenant() AND expires_at > now() AND expires_at > clock_timestamp()
    AND EXISTS (
      SELECT FROM callbot.buckets
      WHERE buckets.id = records.bucket
        AND records.expires_at - make_interval(secs => buckets.shortened) > clock_timestamp()
    )
  );
ALTER POLICY write_own ON callbot.records TO callbot_store
  WITH CHECK (
    tenant = callbot.tenant() AND expires_at > clock_timestamp()
    AND EXISTS (
      SELECT FROM callbot.buckets
      WHERE buckets.id = records.bucket AND buckets.class = records.class
        AND records.expires_at >= buckets.opens_at AND records.expires_at < buckets.closes_at
        AND buckets.closes_at - make_interval(secs => buckets.shortened) > clock_timestamp()
    )
  );
ALTER POLICY own ON callbot.generations TO callbot_store USING (tenant = callbot.tenant());
ALTER POLICY own ON callbot.deliveries TO callbot_store USING (tenant = callbot.tenant());
ALTER POLICY of_own_records ON callbot.deliveries TO callbot_store;

GRANT SELECT ON callbot.buckets TO callbot_store;
GRANT INSERT (tenant, policy, class, life, opens_at, closes_at, generation, key) ON callbot.buckets TO callbot_store;
GRANT UPDATE (generation, key) ON callbot.buckets TO callbot_store;
GRANT SELECT, INSERT ON callbot.records TO callbot_store;
GRANT SELECT, INSERT, DELETE ON callbot.generations TO callbot_store;
GRANT SELECT, DELETE ON callbot.deliveries TO callbot_store;
GRANT INSERT (tenant, call, policy, bucket, give_up_at, next_try) ON callbot.deliveries TO callbot_store;
GRANT UPDATE (next_try, tries) ON callbot.deliveries TO callbot_store;

-- What a tenant takes of the database: its keys with their generations, and the octets of all rows that are there, those that have expired and
-- are not dropped yet too. The owner of the function sees the rows of that tenant alone.
CREATE POLICY counted ON callbot.buckets FOR SELECT TO callbot_owner USING (tenant = callbot.tenant());
CREATE POLICY counted ON callbot.generations FOR SELECT TO callbot_owner USING (tenant = callbot.tenant());
CREATE POLICY counted ON callbot.records FOR SELECT TO callbot_owner USING (tenant = callbot.tenant());
CREATE FUNCTION callbot.usage(OUT keys bigint, OUT octets bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT count(*) FROM callbot.buckets WHERE tenant = callbot.tenant())
       + (SELECT count(*) FROM callbot.generations WHERE tenant = callbot.tenant()),
    (SELECT coalesce(sum(octet_length(body) + 160), 0) FROM callbot.records WHERE tenant = callbot.tenant())::bigint
$$;
REVOKE ALL ON FUNCTION callbot.usage FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.usage TO callbot_store;

-- A namespace has two generations of root keys, and a few that are being retired.
CREATE OR REPLACE FUNCTION callbot.refuse_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM callbot.generations WHERE tenant = NEW.tenant AND generation = NEW.generation) THEN RETURN NULL; END IF;
  IF EXISTS (SELECT FROM callbot.generations WHERE tenant = NEW.tenant AND generation > NEW.generation) THEN
    RAISE EXCEPTION 'a younger generation of root keys is in use' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (SELECT count(*) FROM callbot.generations WHERE tenant = NEW.tenant) >= 100 THEN
    RAISE EXCEPTION '100 generations of root keys are in use' USING ERRCODE = 'program_limit_exceeded';
  END IF;
  RETURN NEW;
END $$;

REVOKE ALL ON callbot.buckets, callbot.records, callbot.generations, callbot.deliveries FROM callbot_tenant;
REVOKE USAGE ON SCHEMA callbot FROM callbot_tenant;
RESET ROLE;
DROP FUNCTION callbot.make_tenant;

-- Roles of others, and of tenants in a server of which another database still needs them, have nothing to do in this one.
DO $$ BEGIN
  EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO callbot_store, callbot_sweep', current_database());
END $$;

-- Another database of this server that needs the group needs the roles, too: then all of them stay.
DO $$
DECLARE
  tenant name;
  tenants name[] := ARRAY(
    SELECT rolname FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member
    WHERE roleid = 'callbot_tenant'::regrole AND rolname <> current_user
  );
BEGIN
  DROP ROLE callbot_tenant;
  FOREACH tenant IN ARRAY tenants LOOP
    EXECUTE format('DROP ROLE %I', tenant);
  END LOOP;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
  NULL;
END $$;
