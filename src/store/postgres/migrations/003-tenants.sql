-- Makes the role of a tenant: sweep may do this, and make no other role. It runs with the rights of who migrates.
CREATE FUNCTION callbot.make_tenant(tenant text) RETURNS void
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
  EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS IN ROLE callbot_tenant', tenant);
END $$;
REVOKE ALL ON FUNCTION callbot.make_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.make_tenant TO callbot_sweep;
