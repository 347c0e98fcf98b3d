import type { Database } from './connect.ts'

/** A namespace is the name of its role. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Makes the role of a tenant, if it is not there. It logs in by a certificate with its name, and may read and write its own rows.
 * For a role that may create roles.
 * @param tenant a namespace
 * @throws Error when the name belongs to a role that is no tenant, such as that of an administrator
 */
export async function createTenantRole(database: Database, tenant: string): Promise<void> {
  if (!NAMESPACE.test(tenant))
    throw new Error('a tenant is a namespace: lower case letters, digits and "-", 63 at most')
  await database.transaction(async (client) => {
    const { rows } = await client.query<{ isTenant: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid AND roleid = 'callbot_tenant'::regrole) AS "isTenant"
       FROM pg_roles WHERE rolname = $1`,
      [tenant],
    )
    if (rows[0]?.isTenant) return
    if (rows[0] !== undefined) {
      throw new Error(`the database has a role ${tenant} that is no tenant's: rename it, or choose another namespace`)
    }
    // A utility statement takes no parameters; the name has only letters, digits and "-".
    await client.query(
      `CREATE ROLE "${tenant}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS IN ROLE callbot_tenant`,
    )
  })
}
