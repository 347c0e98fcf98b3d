/** What the verb `status` reads of a cluster, with the rights of whoever types it. */
import type { Callbot } from '../api/callbot.ts'
import type { Integration } from '../api/integration.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES, type KindDescriptor } from '../api/kinds.ts'
import type { RetentionPolicy } from '../api/retention-policy.ts'
import type { Kube } from '../kube/client.ts'
import { isNotFound } from '../kube/errors.ts'
import type { Raw } from '../kube/raw-object.ts'

/** A bot, and what it references. Undefined: it does not exist. */
export interface Seen {
  readonly bot: Callbot
  readonly integrations: readonly { readonly name: string; readonly found: Integration | undefined }[]
  /** Absent: the bot names none. */
  readonly policy?: { readonly name: string; readonly found: RetentionPolicy | undefined }
}

/** @returns undefined when there is no such bot */
export async function look(kube: Pick<Kube, 'get'>, namespace: string, name: string): Promise<Seen | undefined> {
  const find = async (kind: KindDescriptor, one: string) => kube.get(kind, namespace, one).catch(unlessNotFound)
  const bot = (await find(CALLBOTS, name)) as Callbot | undefined
  if (bot === undefined) return undefined
  const { integrationRefs, retentionPolicyRef: policy } = bot.spec
  const integrations = integrationRefs.map(async ({ name: one }) => ({
    name: one,
    found: (await find(INTEGRATIONS, one)) as unknown as Integration | undefined,
  }))
  return {
    bot,
    integrations: await Promise.all(integrations),
    ...(policy && {
      policy: {
        name: policy.name,
        found: (await find(RETENTION_POLICIES, policy.name)) as unknown as RetentionPolicy | undefined,
      },
    }),
  }
}

function unlessNotFound(error: unknown): Raw | undefined {
  if (isNotFound(error)) return undefined
  throw error
}
