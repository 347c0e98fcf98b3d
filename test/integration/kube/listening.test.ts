// @seconds 5
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { CALLBOTS } from '../../../src/api/kinds.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { labelled, sampleBot } from '../../harness/children.ts'
import { eventually } from '../../harness/eventually.ts'
import { installRights } from '../../harness/operator-pods.ts'
import { binary, kubernetes } from '../../../hack/cluster/binaries.ts'
import { tryRun } from '../../../hack/cluster/shell.ts'

const POD = 'bot-6d4cf56db6-x2x7z'

describe('whoever may run a program in the pod of a bot', function () {
  this.timeout(60_000)
  const api = useApiServer({ audit: true, kinds: [CALLBOTS] })

  before(async () => {
    await installRights(api())
    const { kube } = api()
    await kube.create(labelled('v1', 'Namespace', undefined, 'shop'))
    await kube.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: 'shop', name: 'default' },
    })
    await kube.apply(sampleBot('shop', 'bot'))
    for (const name of [POD, 'website-6d4cf56db6-x2x7z', 'bot-db-0'])
      await kube.create(
        labelled('v1', 'Pod', 'shop', name, { spec: { containers: [{ name: 'voice', image: 'none' }] } }),
      )
    await eventually(async () => expect(await enter(['exec', POD, '--', 'id'])).to.contain('Warning'))
  })

  /** What kubectl is answered, with the headers: it prints warnings of `debug` and leaves out those of `exec`. No pod runs here, so it ends with an error; admission comes before. */
  const enter = async (args: string[], namespace = 'shop') => {
    const common = ['--kubeconfig', api().kubeconfig, '-n', namespace, '-v=8']
    const { stdout, stderr } = await tryRun(binary(kubernetes, 'kubectl'), [...common, ...args])
    return stdout + stderr
  }

  const logged = () =>
    readFileSync(api().auditLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { annotations?: Record<string, string>; objectRef?: { name?: string } })
      .flatMap(({ annotations = {} }) => annotations['callbot-operator-listening/may-listen'] ?? [])

  for (const args of [
    ['exec', POD, '--', 'node', 'src/main.ts', 'listen'],
    ['attach', POD],
    ['debug', POD, '--image=busybox', '--target=voice', '--attach=false'],
  ]) {
    it(`is warned that it hears calls, and named in the audit log: kubectl ${args[0]}`, async () => {
      const before = logged().length
      expect(await enter(args)).to.match(
        /Warning: .*carries telephone calls of Callbot bot: whoever runs a program in it can listen to them\. The audit log .* keeps that \S+ did/s,
      )
      await eventually(() => expect(logged().length).to.be.above(before))
      expect(logged().at(-1)).to.match(/^\S+ to shop\/bot by pods\/(exec|attach|ephemeralcontainers)$/)
    })
  }

  it('of another pod is not, though its name begins alike', async () => {
    const before = logged().length
    expect(await enter(['exec', 'website-6d4cf56db6-x2x7z', '--', 'id'])).to.not.contain('Warning')
    expect(await enter(['exec', 'bot-db-0', '--', 'id'])).to.not.contain('Warning')
    expect(logged().length).to.equal(before)
  })

  it('may do so in a namespace without bots, where there is nothing to be compared with', async () => {
    await api().kube.create(labelled('v1', 'Namespace', undefined, 'empty'))
    const said = await enter(['exec', POD, '--', 'id'], 'empty')
    expect(said).to.contain('not found').and.not.contain('Warning')
  })
})
