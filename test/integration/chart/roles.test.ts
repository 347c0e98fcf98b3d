// @seconds 12
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubectl, operatorNamespace } from '../../../hack/chart.ts'
import { startBareApiServer } from '../../../hack/cluster/bare.ts'
import { installChart } from '../../../hack/install.ts'
import { expectGolden } from '../../harness/golden.ts'

const ROLES = ['viewer', 'author', 'integrator', 'dpo', 'drill-operator'] as const
type Role = (typeof ROLES)[number]
const CLIENT = 'cabinet-des-lilas'
const aPerson = (role: Role) => `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`
const sample = (name: string) => readFileSync(`config/samples/${name}`, 'utf8')

/** A part of each role's work, and who alone may do it. */
const WRITES: readonly { what: string; who: Role; args: string[]; input?: string }[] = [
  { what: 'apply a Callbot', who: 'author', args: ['apply', '-f', '-'], input: sample('30-callbot.yaml') },
  {
    what: 'create a ConfigMap',
    who: 'author',
    args: ['create', 'configmap', 'flux', '--from-literal=dialog.yaml=', '-n', CLIENT],
  },
  { what: 'apply an Integration', who: 'integrator', args: ['apply', '-f', '-'], input: sample('10-integration.yaml') },
  {
    what: 'create a Secret',
    who: 'integrator',
    args: ['create', 'secret', 'generic', 'mot-de-passe', '--from-literal=a=b', '-n', CLIENT],
  },
  {
    what: 'apply a RetentionPolicy',
    who: 'dpo',
    args: ['apply', '-f', '-'],
    input: sample('20-retention-policy.yaml'),
  },
  {
    what: 'create a FailoverDrill',
    who: 'drill-operator',
    args: ['create', '-f', '-'],
    input: sample('40-failover-drill.yaml'),
  },
  {
    what: 'set the kill switch',
    who: 'drill-operator',
    args: ['patch', 'configmap', 'callbot-drills', '-n', operatorNamespace, '-p', '{"data":{"stop":"true"}}'],
  },
]

describe('the roles for people', function () {
  this.timeout(180_000)
  let server: Awaited<ReturnType<typeof startBareApiServer>>
  let folder: string
  const ask = (args: string[], input?: string) => kubectl(['--kubeconfig', server.kubeconfig, ...args], input)
  const as = (role: string, args: string[], input?: string) => ask([...args, '--as', `a-${role}`], input)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-roles-'))
    server = await startBareApiServer({ dir: join(folder, 'server'), controllers: true })
    await installChart({ kubeconfig: server.kubeconfig, wait: false })
    await ask(['create', 'namespace', CLIENT])
    for (const role of ROLES)
      await ask(['create', 'rolebinding', role, `--clusterrole=callbot-${role}`, `--user=a-${role}`, '-n', CLIENT])
    await ask(['create', 'rolebinding', 'edit', '--clusterrole=edit', '--user=a-edit', '-n', CLIENT])
    const toSwitch = ['--role=callbot-drill-kill-switch', '--user=a-drill-operator', '-n', operatorNamespace]
    await ask(['create', 'rolebinding', 'switch', ...toSwitch])
  })
  after(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What somebody may in a namespace beyond what everybody may: a line for each resource. */
  async function rightsOf(role: string, namespace: string): Promise<string[]> {
    const lines = (await as(role, ['auth', 'can-i', '--list', '-n', namespace])).trim().split('\n').slice(1)
    const rows = lines.map((line) => /^(\S+)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]$/.exec(line))
    return rows
      .flatMap((row) => (row === null ? [] : [`${row[1]}${row[3] === '' ? '' : ` (${row[3]})`}: ${row[4]}`]))
      .filter((line) => !line.startsWith('self'))
      .sort()
  }

  it('have no other rights than the golden file has', async () => {
    const parts: string[] = []
    for (const role of ROLES)
      for (const namespace of [CLIENT, operatorNamespace])
        parts.push(`${role} in ${namespace}:`, ...(await rightsOf(role, namespace)).map((line) => `  ${line}`))
    expectGolden(join(import.meta.dirname, 'golden', 'roles.golden'), `${parts.join('\n')}\n`)
  })

  for (const { what, who, args, input } of WRITES) {
    it(`let ${aPerson(who)} ${what}, and nobody else`, async () => {
      for (const role of ROLES.filter((each) => each !== who)) {
        const refusal = await as(role, args, input).catch((error: Error) => error.message)
        expect(refusal, `what ${aPerson(role)} is answered`).to.match(/is forbidden: User "a-/)
      }
      await as(who, args, input)
    })
  }

  it('let a viewer read all four kinds, and no Secret', async () => {
    const kinds = ['callbots', 'integrations', 'retentionpolicies', 'failoverdrills']
    const names = await as('viewer', ['get', kinds.join(), '-n', CLIENT, '-o', 'name'])
    expect(names.trim().split('\n')).to.have.length.above(3)
    for (const role of ROLES) {
      const refusal = await as(role, ['get', 'secrets', '-n', CLIENT]).catch((error: Error) => error.message)
      expect(refusal, role).to.match(/secrets is forbidden/)
    }
  })

  it('let nobody remove a ConfigMap, so that records of drills stay', async () => {
    for (const role of ROLES) {
      const refusal = await as(role, ['delete', 'configmap', 'flux', '-n', CLIENT]).catch(
        (error: Error) => error.message,
      )
      expect(refusal, role).to.match(/configmaps "flux" is forbidden/)
    }
  })

  it('give those who have view or edit the right to read, and no more', async () => {
    const ours = (await rightsOf('edit', CLIENT)).filter((line) => line.includes('callbots.dev'))
    expect(ours).to.have.length(4)
    for (const line of ours) expect(line).to.match(/: get list watch$/)
  })
})
