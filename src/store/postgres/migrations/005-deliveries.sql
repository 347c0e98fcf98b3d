SET ROLE callbot_owner;

-- Calls of which stored records wait to be delivered: no content, which is in the sealed records. A row goes with the last key of its records.
CREATE TABLE callbot.deliveries (
  tenant name NOT NULL,
  call uuid NOT NULL,
  policy text NOT NULL CHECK (length(policy) BETWEEN 1 AND 63),
  -- Of the records that are delivered, the one that expires last.
  bucket uuid NOT NULL REFERENCES callbot.buckets (id) ON DELETE CASCADE,
  give_up_at timestamptz NOT NULL,
  next_try timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 1000000),
  PRIMARY KEY (tenant, call)
);
CREATE INDEX ON callbot.deliveries (bucket);
CREATE INDEX ON callbot.deliveries (tenant, next_try);

ALTER TABLE callbot.deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE callbot.deliveries FORCE ROW LEVEL SECURITY;

GRANT SELECT, DELETE ON callbot.deliveries TO callbot_tenant;
GRANT INSERT (tenant, call, policy, bucket, give_up_at, next_try) ON callbot.deliveries TO callbot_tenant;
GRANT UPDATE (next_try, tries) ON callbot.deliveries TO callbot_tenant;
CREATE POLICY own ON callbot.deliveries TO callbot_tenant USING (tenant = current_user);
CREATE POLICY of_own_records ON callbot.deliveries AS RESTRICTIVE FOR INSERT TO callbot_tenant
  WITH CHECK (EXISTS (SELECT FROM callbot.buckets WHERE buckets.id = deliveries.bucket));

RESET ROLE;
