import type { Database } from './connect.ts'

/**
 * Makes the role of a tenant, if it is not there. It logs in by a certificate with its name, and may read and write its own rows.
 * For callbot_sweep, or who migrates.
 * @param tenant a namespace
 * @throws Error when the name is that of no namespace, or belongs to a role that is no tenant, such as that of an administrator
 */
export async function createTenantRole(database: Database, tenant: string): Promise<void> {
  await database.use((client) => client.query('SELECT callbot.make_tenant($1)', [tenant]))
}
