-- Roles belong to the whole server, so another database of it may have made them.
DO $$
BEGIN
  -- Owns the tables. Nobody logs in as it.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callbot_owner') THEN CREATE ROLE callbot_owner NOLOGIN; END IF;
  -- The group of all tenants: whatever a tenant may do is granted to it.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callbot_tenant') THEN CREATE ROLE callbot_tenant NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callbot_sweep') THEN CREATE ROLE callbot_sweep LOGIN; END IF;
END $$;

-- Only an owner can detach a partition. It has ciphertext then, and no key of a tenant.
GRANT callbot_owner TO callbot_sweep WITH INHERIT FALSE, SET TRUE;

CREATE SCHEMA callbot AUTHORIZATION callbot_owner;
GRANT USAGE ON SCHEMA callbot TO callbot_tenant, callbot_sweep;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
