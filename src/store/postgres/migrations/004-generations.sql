-- Generations of root keys. One that has no row here has no bucket, and never gets one again: its key can be destroyed.
SET ROLE callbot_owner;
CREATE TABLE callbot.generations (
  tenant name NOT NULL,
  -- Names of younger generations are greater.
  generation text COLLATE "C" NOT NULL CHECK (length(generation) BETWEEN 1 AND 63),
  PRIMARY KEY (tenant, generation)
);
ALTER TABLE callbot.generations ENABLE ROW LEVEL SECURITY;
ALTER TABLE callbot.generations FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON callbot.generations TO callbot_tenant;
CREATE POLICY own ON callbot.generations TO callbot_tenant USING (tenant = current_user);

-- A pod that has not got a new root key yet can't bring a retired generation back.
CREATE FUNCTION callbot.refuse_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM callbot.generations WHERE tenant = NEW.tenant AND generation = NEW.generation) THEN RETURN NULL; END IF;
  IF EXISTS (SELECT FROM callbot.generations WHERE tenant = NEW.tenant AND generation > NEW.generation) THEN
    RAISE EXCEPTION 'a younger generation of root keys is in use' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse_retired BEFORE INSERT ON callbot.generations FOR EACH ROW EXECUTE FUNCTION callbot.refuse_retired();

-- A key that is due stays visible to its tenant until sweep destroys it: under a legal hold that takes years, in which root keys turn. The
-- records under it are as unreadable as before.
DROP POLICY own ON callbot.buckets;
CREATE POLICY own ON callbot.buckets TO callbot_tenant USING (tenant = current_user);
CREATE POLICY not_due ON callbot.buckets AS RESTRICTIVE FOR INSERT TO callbot_tenant WITH CHECK (closes_at > clock_timestamp());
DROP POLICY write_own ON callbot.records;
CREATE POLICY write_own ON callbot.records FOR INSERT TO callbot_tenant
  WITH CHECK (
    tenant = current_user AND expires_at > clock_timestamp()
    AND EXISTS (
      SELECT FROM callbot.buckets
      WHERE buckets.id = records.bucket AND buckets.class = records.class
        AND records.expires_at >= buckets.opens_at AND records.expires_at < buckets.closes_at
        AND buckets.closes_at - make_interval(secs => buckets.shortened) > clock_timestamp()
    )
  );
RESET ROLE;

-- Row security hides rows from their owner. A database that has some is the chart's own, whose administrator sees all.
INSERT INTO callbot.generations SELECT DISTINCT tenant, generation FROM callbot.buckets
  WHERE (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
SET ROLE callbot_owner;
ALTER TABLE callbot.buckets ADD FOREIGN KEY (tenant, generation) REFERENCES callbot.generations (tenant, generation);
CREATE INDEX ON callbot.buckets (tenant, generation);
RESET ROLE;
