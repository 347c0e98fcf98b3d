/** What the database shows to a role, asked from a pod that has its certificate. */
import { operatorNamespace } from '../../hack/chart.ts'
import { kube } from './three-zones.ts'

interface Question {
  namespace: string
  pod: string
  role: string
  /** Whose rows the role is to see: of the role of the store, which serves all namespaces. */
  tenant?: string
}

/** What `callbot-store` sees for a namespace. */
export const storeOf = (tenant: string): Question => ({
  ...{ namespace: operatorNamespace, pod: 'deployment/callbot-store', role: 'callbot_store', tenant },
})

/** Runs in the pod: CommonJS, with the driver of the image. Prints one line of JSON. */
const script = ({ role, tenant = '' }: Question, body: string) => `
const { Client } = require('/app/node_modules/pg'), fs = require('fs')
const read = (name) => fs.readFileSync('/etc/callbot/tls/' + name, 'utf8')
const host = process.env.CALLBOT_DATABASE_HOST
const ssl = { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') }
const client = new Client({ host, port: 5432, database: 'callbot', user: ${JSON.stringify(role)}, ssl })
;(async () => { await client.connect(); await client.query("SELECT set_config('callbot.tenant', $1, false)", [${JSON.stringify(tenant)}]); const out = await (async () => { ${body} })(); console.log(JSON.stringify(out)); await client.end() })()
  .catch((error) => { console.log(JSON.stringify({ code: error.code })); process.exit(0) })`

async function askInPod<T>(question: Question, body: string): Promise<T> {
  const { namespace, pod } = question
  return JSON.parse(await kube('exec', '-n', namespace, pod, '--', 'node', '-e', script(question, body))) as T
}

/** Rows of the statement; or the code with which it is refused. */
export const rowsIn = <T>(question: Question, sql: string) =>
  askInPod<T[] | { code: string }>(question, `return (await client.query(${JSON.stringify(sql)})).rows`)

/** Looks every 100 ms until no record of the policy is left, by the clock of the database. Milliseconds since 1970. */
export const watchUntilGone = (question: Question, policy: string, forMs: number) =>
  askInPod<{ lastSeenAt: number; lastExpiry: number; looks: number; goneAt: number | null }>(
    question,
    `const sql = 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now, (SELECT max(extract(epoch FROM expires_at)) * 1000 FROM callbot.records r JOIN callbot.buckets b ON b.id = r.bucket WHERE b.policy = $1) AS expiry'
    const end = Date.now() + ${forMs}
    let lastSeenAt = 0, lastExpiry = 0, looks = 0
    while (Date.now() < end) {
      const { now, expiry } = (await client.query(sql, [${JSON.stringify(policy)}])).rows[0]
      looks++
      if (expiry === null) return { lastSeenAt, lastExpiry, looks, goneAt: Number(now) }
      lastSeenAt = Number(now); lastExpiry = Number(expiry)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return { lastSeenAt, lastExpiry, looks, goneAt: null }`,
  )
