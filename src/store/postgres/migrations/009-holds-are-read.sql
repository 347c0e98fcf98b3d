-- What a legal hold covers is read by an export, also where it has expired. The row of an export comes before the first record and counts what was
-- given out. Without such a row nothing that has expired is read.
SET ROLE callbot_owner;
CREATE TABLE callbot.exports (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant name NOT NULL,
  policy text NOT NULL CHECK (length(policy) BETWEEN 1 AND 63),
  hold text NOT NULL CHECK (length(hold) BETWEEN 1 AND 63),
  -- None: all.
  classes callbot.data_class[] NOT NULL,
  -- Of the calls, by their end: from, and until before.
  calls_from timestamptz NOT NULL,
  calls_until timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- Of Kubernetes, as the program says that asks.
  asked_by text NOT NULL CHECK (length(asked_by) BETWEEN 1 AND 253),
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  records integer NOT NULL DEFAULT 0
);
CREATE INDEX ON callbot.exports (tenant, asked_at);

ALTER TABLE callbot.exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE callbot.exports FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON callbot.exports TO callbot_owner USING (tenant = callbot.tenant());
-- Whoever asks can't change what is written down.
GRANT SELECT ON callbot.exports TO callbot_store;
CREATE POLICY read_own ON callbot.exports FOR SELECT TO callbot_store USING (tenant = callbot.tenant());
GRANT SELECT (asked_at), DELETE ON callbot.exports TO callbot_sweep;
CREATE POLICY sweep_sees ON callbot.exports FOR SELECT TO callbot_sweep USING (true);
CREATE POLICY sweep_removes ON callbot.exports FOR DELETE TO callbot_sweep USING (asked_at <= clock_timestamp() - interval '3 years');

-- Null: the namespace has begun 100 within a day.
CREATE FUNCTION callbot.begin_export(
    policy text, hold text, classes callbot.data_class[], calls_from timestamptz, calls_until timestamptz, ends_at timestamptz, asked_by text)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE made uuid;
BEGIN
  IF $6 <= clock_timestamp() THEN
    RAISE EXCEPTION 'the legal hold is not in force' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (SELECT count(*) FROM callbot.exports e WHERE e.tenant = callbot.tenant() AND e.asked_at > clock_timestamp() - interval '1 day') >= 100 THEN
    RETURN NULL;
  END IF;
  INSERT INTO callbot.exports (tenant, policy, hold, classes, calls_from, calls_until, ends_at, asked_by)
    VALUES (callbot.tenant(), $1, $2, $3, $4, $5, $6, $7) RETURNING id INTO made;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION callbot.begin_export FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.begin_export TO callbot_store;

-- A page of what an export of this day covers, bucket by bucket. No rows: that was all. The first row always comes, however long it is.
CREATE FUNCTION callbot.read_export(
    export uuid, after_bucket uuid, after_call uuid, after_sequence integer, after_expiry timestamptz, most integer, most_octets integer)
  RETURNS TABLE (
    id uuid, tenant name, policy text, "bucketClass" text, life integer, opens_at timestamptz, closes_at timestamptz, generation text, "bucketKey" bytea,
    call uuid, class text, sequence integer, expires_at timestamptz, key bytea, body bytea)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked callbot.exports;
  b callbot.buckets;
  r callbot.records;
  given integer := 0;
  octets integer := 0;
BEGIN
  SELECT * INTO asked FROM callbot.exports e
    WHERE e.id = export AND e.tenant = callbot.tenant() AND e.ends_at > clock_timestamp() AND e.asked_at > clock_timestamp() - interval '1 day';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such export, or it has ended' USING ERRCODE = 'insufficient_privilege';
  END IF;
  <<pages>>
  FOR b IN
    SELECT * FROM callbot.buckets
    WHERE buckets.tenant = asked.tenant AND buckets.policy = asked.policy AND (asked.classes = '{}' OR buckets.class = ANY (asked.classes))
      AND buckets.opens_at - make_interval(secs => buckets.life) < asked.calls_until
      AND buckets.closes_at - make_interval(secs => buckets.life) > asked.calls_from
      AND (after_bucket IS NULL OR buckets.id >= after_bucket)
    ORDER BY buckets.id
  LOOP
    FOR r IN
      SELECT * FROM callbot.records
      WHERE records.bucket = b.id AND records.tenant = b.tenant AND records.class = b.class
        AND records.expires_at >= greatest(b.opens_at, asked.calls_from + make_interval(secs => b.life))
        AND records.expires_at < least(b.closes_at, asked.calls_until + make_interval(secs => b.life))
        AND (after_bucket IS DISTINCT FROM b.id
          OR (records.call, records.sequence, records.expires_at) > (after_call, after_sequence, after_expiry))
      ORDER BY records.call, records.sequence, records.expires_at
    LOOP
      octets := octets + octet_length(r.body);
      EXIT pages WHEN given > 0 AND (given >= most OR octets > most_octets);
      given := given + 1;
      id := b.id; tenant := b.tenant; policy := b.policy; "bucketClass" := b.class; life := b.life;
      opens_at := b.opens_at; closes_at := b.closes_at; generation := b.generation; "bucketKey" := b.key;
      call := r.call; class := r.class; sequence := r.sequence; expires_at := r.expires_at; key := r.key; body := r.body;
      RETURN NEXT;
    END LOOP;
  END LOOP;
  UPDATE callbot.exports e SET records = e.records + given WHERE e.id = export;
END $$;
REVOKE ALL ON FUNCTION callbot.read_export FROM PUBLIC;
GRANT EXECUTE ON FUNCTION callbot.read_export TO callbot_store;
RESET ROLE;
