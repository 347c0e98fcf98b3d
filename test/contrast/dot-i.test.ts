// @seconds 25
import { expect } from 'chai'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources } from '../../src/kube/resources.ts'
import { useApiServer } from '../harness/api-server.ts'
import { startContender, type Contender } from '../harness/contender.ts'
import { eventually } from '../harness/eventually.ts'
import { startHttpProxy, type HttpProxy } from '../harness/http-proxy.ts'

const THEIRS = { name: '@dot-i/k8s-operator 1.3.9', program: 'test/harness/dot-i-process.ts' }
const OURS = { name: 'src/kube', program: 'test/harness/own-process.ts' }
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

interface Row {
  trouble: string
  contender: string
  outcome: string
}

/** Both at the same trouble against the same API server. When theirs passes a row some day, ADR 1 is to be read again. */
describe('our kit beside @dot-i/k8s-operator', function () {
  this.timeout(60_000)
  const api = useApiServer()
  const rows: Row[] = []
  let proxy: HttpProxy
  let kubeconfig = ''
  let contender: Contender
  let namespace = ''
  let count = 0

  before(async () => {
    proxy = await startHttpProxy(api().transport)
    kubeconfig = join(mkdtempSync(join(tmpdir(), 'contrast-')), 'kubeconfig')
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: proxy.url } }],
        users: [{ name: 'u', user: {} }],
      }),
    )
  })
  beforeEach(async () => {
    namespace = `contrast-${++count}`
    await api().kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  })
  afterEach(() => contender.stop())
  after(async () => {
    await proxy.close()
    console.table(rows)
    mkdirSync('out', { recursive: true })
    writeFileSync('out/contrast-dot-i.json', `${JSON.stringify(rows, undefined, 2)}\n`)
  })

  const start = async ({ program }: { program: string }, env: NodeJS.ProcessEnv = {}) => {
    contender = await startContender(program, { KUBECONFIG: kubeconfig, NAMESPACE: namespace, ...env })
    await write('first', 'one')
    await eventually(() => expect(heard('told', 'first')).to.have.length(1))
  }
  const write = (name: string, label: string) =>
    api().kube.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name, labels: { label } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    } as never)
  const heard = (what: 'told' | 'handled', name: string) =>
    contender.said.filter((said) => (what === 'told' ? said.told && said.name === name : said.handled === name))
  const note = (trouble: string, { name }: { name: string }, outcome: string) => {
    rows.push({ trouble, contender: name, outcome })
  }
  const itEnds = (trouble: string, make: () => void) =>
    it(`${THEIRS.name} ends the process: ${trouble}`, async () => {
      await start(THEIRS)
      make()
      await eventually(() => expect(contender.exitCode()).to.not.equal(undefined))
      note(trouble, THEIRS, `process ended with code ${contender.exitCode()}`)
    })
  const itGoesOn = (trouble: string, make: () => void) =>
    it(`ours goes on and hears of what comes after: ${trouble}`, async () => {
      await start(OURS)
      make()
      const began = performance.now()
      await write('after', 'one')
      await eventually(() => expect(heard('handled', 'after')).to.have.length(1))
      note(trouble, OURS, `went on; next change heard ${Math.round(performance.now() - began)} ms after`)
      expect(heard('told', 'first')).to.have.length(1)
    })

  const gone = {
    type: 'ERROR',
    object: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'too old resource version: 1 (2)',
      reason: 'Expired',
      code: 410,
    },
  }
  for (const each of [itEnds, itGoesOn]) {
    each('a connection is reset', () => proxy.cutWatches())
    each('the API server says 410 in a watch', () => proxy.inject(gone))
  }

  for (const who of [THEIRS, OURS])
    it(`${who.name}: an object deleted while the watch restarts`, async () => {
      await start(who)
      proxy.endWatches()
      await api().kube.remove(resources.deployments, namespace, 'first')
      await write('after', 'one')
      await eventually(() => expect(heard('handled', 'after')).to.not.have.length(0))
      await sleep(1000)
      const told = heard('told', 'first').some((said) => said.told === 'DELETED')
      note('an object deleted while the watch restarts', who, told ? 'told' : 'never told')
      expect(told).to.equal(who === OURS)
    })

  for (const who of [THEIRS, OURS])
    it(`${who.name}: a handler fails once`, async () => {
      await start(who, { POISON: 'poison' })
      await write('poison', 'one')
      await sleep(2500)
      const again = heard('handled', 'poison').length
      const logged = contender.said.filter((said) => said.logged).length
      note('a handler fails once', who, `tried again ${again} times, logged ${logged} times`)
      expect([again, logged > 0]).to.deep.equal(who === OURS ? [1, true] : [0, false])
    })

  for (const who of [THEIRS, OURS])
    it(`${who.name}: somebody wrote between the event and our status`, async () => {
      await start(who, { SLOW_MS: '300' })
      await write('first', 'status')
      await sleep(100)
      await api().kube.mergePatch(resources.deployments, namespace, 'first', { spec: { replicas: 1 } })
      await eventually(() => expect(contender.said.filter((said) => said.status !== undefined)).to.not.have.length(0))
      const [first] = contender.said.filter((said) => said.status !== undefined)
      note(
        'somebody wrote between the event and our status',
        who,
        first?.status ? 'status written' : 'status lost (null)',
      )
      expect(first?.status).to.equal(who === OURS)
    })

  for (const who of [THEIRS, OURS])
    it(`${who.name}: 100 changes of one object and one of another, 50 ms of work each`, async () => {
      await start(who, { SLOW_MS: '50' })
      await Promise.all(Array.from({ length: 99 }, (_, n) => write('busy', `${n}`)))
      await write('busy', '99')
      const began = performance.now()
      await write('patient', 'one')
      await eventually(() => expect(heard('handled', 'patient')).to.have.length(1), 30)
      const waited = performance.now() - began
      await eventually(() => expect(heard('handled', 'busy').at(-1)?.label).to.equal('99'), 30)
      const times = heard('handled', 'busy').length
      note('100 changes of one object', who, `worked ${times} times; the other waited ${Math.round(waited)} ms`)
      if (who === THEIRS) expect(times).to.equal(100)
      else expect(times).to.be.below(100)
    })
})
