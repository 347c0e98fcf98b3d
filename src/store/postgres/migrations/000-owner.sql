-- Who migrates needs to act as the owner of the tables. A superuser may; who may only create roles grants it to itself, which PostgreSQL
-- allows to the role that created the other one (since 16).
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callbot_owner') THEN CREATE ROLE callbot_owner NOLOGIN; END IF;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT callbot_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
  END IF;
END $$;
