import { join } from 'node:path'
import { z } from 'zod'
import { readCidr } from '../lib/ip-address.ts'
import { readTargets } from '../rules/delivery/targets.ts'
import { DEFAULT_EGRESS, parseEgress } from '../rules/egress.ts'
import { RECORDS_PORT } from '../rules/records-state.ts'
import { STORE_PORT } from '../messages/store/limits.ts'
import { LOG_VARIABLES, names, readEnvironment, whole } from '../store/postgres/environment.ts'

const environment = z.object({
  /** The namespace. */
  CALLBOT_TENANT: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  /** Name of the store, as in its certificate, and its port. */
  CALLBOT_STORE_HOST: z.string().min(1),
  CALLBOT_STORE_PORT: whole(1, 65_535, STORE_PORT),
  ...LOG_VARIABLES,
  /** Folder with the root keys: a/roots and b/roots, of which one may be missing. */
  CALLBOT_ROOTS: z.string().min(1),
  /** So long after it was made a generation of root keys seals. */
  CALLBOT_ADOPT_SECONDS: whole(0, 3_600, 180),
  /** Folder with tls.crt, tls.key and ca.crt: the certificate of the server, and the CA of pods. */
  CALLBOT_TLS: z.string().min(1),
  /** Names, one of which a certificate has to prove to get /state and /metrics: the operator's alone. */
  CALLBOT_OBSERVERS: names.default(['callbot-operator.callbot-system.svc']),
  CALLBOT_RECORDS_PORT: whole(0, 65_535, RECORDS_PORT),
  /** Where records are delivered: JSON, as src/rules/delivery/targets.ts writes it. */
  CALLBOT_DELIVERIES: z
    .string()
    .default('[]')
    .transform((text, issue) => readTargets(text) ?? (issue.addIssue('no list of targets'), z.NEVER)),
  /** Folder with a folder for each Secret of a delivery. */
  CALLBOT_SECRETS: z.string().min(1).default('/etc/callbot/secrets'),
  /** Where nothing is delivered to: ranges of addresses, with commas between. */
  CALLBOT_DENIED_CIDRS: names.default([]).transform((texts, issue) => {
    const ranges = texts.map(readCidr)
    return ranges.every((each) => each !== undefined) ? ranges : (issue.addIssue('no ranges'), z.NEVER)
  }),
  /** Where else nothing is delivered to: as the operator writes it. */
  CALLBOT_EGRESS: z
    .string()
    .optional()
    .transform((text, issue) =>
      text === undefined ? DEFAULT_EGRESS : (parseEgress(text) ?? (issue.addIssue('no policy'), z.NEVER)),
    ),
  /** Addresses of the pod, its node and the API server: nothing is delivered to them. */
  POD_IP: z.string().default('0.0.0.0'),
  NODE_IP: z.string().optional(),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  CALLBOT_HEALTH_PORT: whole(0, 65_535, 8_081),
})

export type RecordsConfig = z.output<typeof environment>

/** @throws Error that names each variable that is missing or wrong */
export const readRecordsConfig = (env: NodeJS.ProcessEnv): RecordsConfig => readEnvironment(environment, env)

/** Where the store is. */
export const storeIn = ({ CALLBOT_STORE_HOST: host, CALLBOT_STORE_PORT: port }: RecordsConfig) => ({ host, port })

/** Where the root keys are, and when a new one seals. */
export const rootsIn = ({ CALLBOT_ROOTS: folder, CALLBOT_ADOPT_SECONDS: seconds }: RecordsConfig) => ({
  files: { a: join(folder, 'a', 'roots'), b: join(folder, 'b', 'roots') },
  adoptAfterMs: seconds * 1_000,
})
