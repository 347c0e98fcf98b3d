SET ROLE callbot_owner;

CREATE TYPE callbot.data_class AS ENUM
  ('CallerNumber', 'CallMetadata', 'Transcript', 'Recording', 'CollectedFields', 'Diagnostics');

-- One row is one key. The row is gone: all records under it are noise.
CREATE TABLE callbot.buckets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant name NOT NULL,
  policy text NOT NULL CHECK (length(policy) BETWEEN 1 AND 63),
  class callbot.data_class NOT NULL,
  life integer NOT NULL CHECK (life BETWEEN 1 AND 315360000),
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  -- Seconds by which a stricter policy has shortened the life since. It never falls.
  shortened integer NOT NULL DEFAULT 0 CHECK (shortened BETWEEN 0 AND 315360000),
  generation text NOT NULL CHECK (length(generation) BETWEEN 1 AND 63),
  key bytea NOT NULL CHECK (octet_length(key) = 60),
  UNIQUE (tenant, policy, class, life, opens_at),
  -- A thousandth of the life, in full seconds: src/rules/retention/bucket.ts.
  CHECK (closes_at = opens_at + make_interval(secs => ceil(life / 1000.0)))
);

CREATE TABLE callbot.records (
  tenant name NOT NULL,
  call uuid NOT NULL,
  class callbot.data_class NOT NULL,
  sequence integer NOT NULL CHECK (sequence >= 0),
  expires_at timestamptz NOT NULL,
  bucket uuid NOT NULL,
  key bytea NOT NULL CHECK (octet_length(key) = 60),
  body bytea NOT NULL CHECK (octet_length(body) BETWEEN 28 AND 1048576),
  -- The expiry is sealed into a record, so whoever writes it a second time writes the same one.
  UNIQUE (tenant, call, class, sequence, expires_at)
) PARTITION BY LIST (class);
CREATE INDEX ON callbot.records (bucket);

CREATE TABLE callbot.records_caller_number PARTITION OF callbot.records FOR VALUES IN ('CallerNumber') PARTITION BY RANGE (expires_at);
CREATE TABLE callbot.records_call_metadata PARTITION OF callbot.records FOR VALUES IN ('CallMetadata') PARTITION BY RANGE (expires_at);
CREATE TABLE callbot.records_transcript PARTITION OF callbot.records FOR VALUES IN ('Transcript') PARTITION BY RANGE (expires_at);
CREATE TABLE callbot.records_recording PARTITION OF callbot.records FOR VALUES IN ('Recording') PARTITION BY RANGE (expires_at);
CREATE TABLE callbot.records_collected_fields PARTITION OF callbot.records FOR VALUES IN ('CollectedFields') PARTITION BY RANGE (expires_at);
CREATE TABLE callbot.records_diagnostics PARTITION OF callbot.records FOR VALUES IN ('Diagnostics') PARTITION BY RANGE (expires_at);

CREATE FUNCTION callbot.keep_shortened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.shortened < OLD.shortened THEN
    RAISE EXCEPTION 'a life that was shortened is never lengthened' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_shortened BEFORE UPDATE ON callbot.buckets FOR EACH ROW EXECUTE FUNCTION callbot.keep_shortened();

ALTER TABLE callbot.buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE callbot.buckets FORCE ROW LEVEL SECURITY;
ALTER TABLE callbot.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE callbot.records FORCE ROW LEVEL SECURITY;

-- now() is when the transaction began: whoever keeps one open would read on. clock_timestamp() is the time at which a row is read.
GRANT SELECT ON callbot.buckets TO callbot_tenant;
GRANT INSERT (tenant, policy, class, life, opens_at, closes_at, generation, key) ON callbot.buckets TO callbot_tenant;
GRANT UPDATE (generation, key) ON callbot.buckets TO callbot_tenant;
CREATE POLICY own ON callbot.buckets TO callbot_tenant
  USING (tenant = current_user AND closes_at - make_interval(secs => shortened) > clock_timestamp());
-- A writer whose clock or life is wrong keeps nothing for longer than the life that it names, from now.
CREATE POLICY no_longer_than_its_life ON callbot.buckets AS RESTRICTIVE FOR INSERT TO callbot_tenant
  WITH CHECK (opens_at <= clock_timestamp() + make_interval(secs => life + 60));

GRANT SELECT, INSERT ON callbot.records TO callbot_tenant;
CREATE POLICY read_own ON callbot.records FOR SELECT TO callbot_tenant
  USING (
    tenant = current_user AND expires_at > now() AND expires_at > clock_timestamp()
    AND EXISTS (
      SELECT FROM callbot.buckets
      WHERE buckets.id = records.bucket
        AND records.expires_at - make_interval(secs => buckets.shortened) > clock_timestamp()
    )
  );
CREATE POLICY write_own ON callbot.records FOR INSERT TO callbot_tenant
  WITH CHECK (
    tenant = current_user AND expires_at > clock_timestamp()
    AND EXISTS (
      SELECT FROM callbot.buckets
      WHERE buckets.id = records.bucket AND buckets.class = records.class
        AND records.expires_at >= buckets.opens_at AND records.expires_at < buckets.closes_at
    )
  );

-- Sweep sees when, whose and how many, and neither key nor body.
GRANT SELECT (id, tenant, policy, class, life, opens_at, closes_at, shortened, generation) ON callbot.buckets TO callbot_sweep;
GRANT UPDATE (shortened), DELETE ON callbot.buckets TO callbot_sweep;
GRANT SELECT (class, expires_at, bucket) ON callbot.records TO callbot_sweep;
CREATE POLICY sweep_sees ON callbot.buckets FOR SELECT TO callbot_sweep USING (true);
CREATE POLICY sweep_shortens ON callbot.buckets FOR UPDATE TO callbot_sweep USING (true);
-- No bug of ours destroys a key before its time.
CREATE POLICY sweep_destroys ON callbot.buckets FOR DELETE TO callbot_sweep
  USING (closes_at - make_interval(secs => shortened) <= clock_timestamp());
CREATE POLICY sweep_counts ON callbot.records FOR SELECT TO callbot_sweep USING (true);

RESET ROLE;
