// @seconds 20
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { Command } from 'commander'
import { parse } from 'yaml'
import { binary, kubernetes } from '../../../hack/cluster/binaries.ts'
import { buildPlugin, type Plugin } from '../../../hack/plugin.ts'
import { CALLBOTS, FAILOVER_DRILLS } from '../../../src/api/kinds.ts'
import { resources } from '../../../src/kube/resources.ts'
import { digestOf, signStatement } from '../../../src/rules/drill/envelope.ts'
import { RECORD_FILE, recordName, recordStatement, type RecordFacts } from '../../../src/rules/drill/record.ts'
import { addVerbs } from '../../../src/verbs.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import { installKinds } from '../contract/server.ts'

interface Ran {
  code: number
  text: string
}

/** Verbs without subverbs, as they are typed. */
const verbsOf = ({ commands }: Command, before: readonly string[] = []): string[] =>
  commands.flatMap((each) => {
    const words = [...before, each.name()]
    return each.commands.length > 0 ? verbsOf(each, words) : words.join(' ')
  })
const SAMPLES = ['10-integration.yaml', '20-retention-policy.yaml', '30-callbot.yaml']

/** The kubectl of Kubernetes finds the built binary in a folder outside of the checkout, and a real API server answers it. */
describe('the kubectl plugin', function () {
  this.timeout(120_000)
  const server = useApiServer()
  let folder: string
  let plugin: Plugin

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-plugin-'))
    plugin = await buildPlugin(join(folder, 'bin'))
    cpSync('config/samples', folder, { recursive: true })
    await installKinds(server())
  })
  after(() => rmSync(folder, { recursive: true }))

  const typed: string[] = []
  const run = (program: string, args: readonly string[], kubeconfig = server().kubeconfig) =>
    new Promise<Ran>((resolve) => {
      typed.push(args.join(' '))
      // Without a Node of the machine's: the binary brings its own.
      const path = [dirname(plugin.binary), '/usr/bin', '/bin'].join(delimiter)
      const env = { PATH: path, KUBECONFIG: kubeconfig, HOME: folder }
      const child = execFile(program, args, { cwd: folder, env, timeout: 30_000 }, (error, out, errors) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: out + errors }),
      )
      child.stdin!.end()
    })
  const kubectl = (...args: string[]) => run(binary(kubernetes, 'kubectl'), args)
  const shell = (command: string) => run('/bin/sh', ['-c', command])

  it('is found by kubectl, and says what it does', async () => {
    const { code, text } = await kubectl('callbot', '--help')
    expect(code, text).to.equal(0)
    for (const verb of ['drill', 'evidence', 'hold', 'plan', 'say', 'status', 'test', 'call'])
      expect(text).to.match(new RegExp(`^  ${verb} `, 'm'))
    expect(text).not.to.include('__complete')
  })

  it('has its verbs and options completed by kubectl', async () => {
    expect((await kubectl('__complete', 'callbot', 'drill', '')).text).to.match(
      /^run\nlist\nreport\nabort\nstop-all\n:4\n/,
    )
    expect((await kubectl('__complete', 'callbot', 'evidence', 'verify', '--k')).text).to.match(/^--key\n:4\n/)
    expect((await kubectl('__complete', 'callbot', 'sta')).text).to.match(/^status\n:4\n/)
  })

  it('is one file, too, for whoever has Node', async () => {
    const { code, text } = await run(process.execPath, [plugin.script, 'test', '--file', ...SAMPLES])
    expect(code, text).to.equal(0)
    const wrong = await run(process.execPath, [plugin.script, 'drill', 'report'])
    expect(wrong.code).to.equal(1)
    expect(wrong.text).to.include("missing required argument 'name'")
  })

  it('plays the tests of a bot, talks with it, and plans it', async () => {
    const tested = await kubectl('callbot', 'test', '--file', ...SAMPLES)
    expect(tested, tested.text).to.have.property('code', 0)
    expect(tested.text).to.match(/\d+ passed, 0 failed; \d+ of \d+ ways tested/)
    const talked = await kubectl('callbot', 'say', '--file', ...SAMPLES)
    expect(talked, talked.text).to.have.property('code', 0)
    expect(talked.text).to.include('cabinet des Lilas')
    const planned = await kubectl('callbot', 'plan', '--file', '30-callbot.yaml')
    expect(planned, planned.text).to.have.property('code', 0)
    expect(planned.text).to.match(/Deployment +.*rendez-vous/)
  })

  it('reports an edge that can not be reached', async () => {
    const call = ['--to', '+33199000001', '--edge', '127.0.0.1:1', '--wait', '0']
    const { code, text } = await kubectl('callbot', 'call', ...call)
    expect(code, text).to.equal(1)
    expect(text).to.match(/FAILED: no edge/)
  })

  it('begins a drill, lists it, and ends it', async () => {
    const begun = await kubectl('callbot', 'drill', 'run', 'cabinet', '--mode', 'DryRun', '--no-wait')
    expect(begun, begun.text).to.have.property('code', 0)
    expect(begun.text).to.match(/^failoverdrill default\/cabinet-\w+ began\n$/)
    const { text } = await kubectl('callbot', 'drill', 'list', '-n', 'default')
    expect(text).to.match(/^not started {2}default\/cabinet-\w+: cabinet, SIP Blackhole, DryRun: Pending\n$/)
    const [, name] = /(cabinet-\w+)/.exec(text)!
    const report = await kubectl('callbot', 'drill', 'report', name!, '-n', 'default')
    expect(report.text).to.include(`default/${name}: cabinet, SIP Blackhole, DryRun: Pending`)
  })

  it('ends a drill, and stops all of them', async () => {
    const { text } = await kubectl('callbot', 'drill', 'list')
    const [, name] = /(cabinet-\w+)/.exec(text)!
    const { kube } = server()
    const aborts = kubectl('callbot', 'drill', 'abort', name!)
    await eventually(async () => {
      const drill = (await kube.get(FAILOVER_DRILLS, 'default', name!)) as { spec?: { desiredState?: string } }
      expect(drill.spec?.desiredState).to.equal('Abort')
    }, 10)
    // As the operator reports it.
    await kube.patchStatus(FAILOVER_DRILLS, 'default', name!, { state: 'Ended', verdict: 'Aborted' })
    expect((await aborts).text).to.include('Aborted')
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'callbot-system' } } as never)
    // That of the chart.
    const metadata = { name: 'callbot-drills', namespace: 'callbot-system' }
    await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { stop: 'false' } } as never)
    const stopped = await kubectl('callbot', 'drill', 'stop-all')
    expect(stopped, stopped.text).to.deep.equal({
      code: 0,
      text: 'all drills of the installation are stopped, and none begins\n',
    })
    const { data } = (await kube.get(resources.configMaps, 'callbot-system', 'callbot-drills')) as { data?: object }
    expect(data).to.deep.equal({ stop: 'true' })
  })

  it('says what is wrong, and how to correct it, in one line', async () => {
    const wrong = await kubectl('callbot', 'drill', 'run', 'cabinet', '--side', 'HTTP', '--mode', 'Full', '--no-wait')
    expect(wrong.code).to.equal(1)
    expect(wrong.text).to.match(/^kubectl callbot: .*needs side SIP.*\n$/)
    const absent = await kubectl('callbot', 'drill', 'report', 'nobody')
    expect(absent).to.deep.include({ code: 1 })
    expect(absent.text).to.match(/^kubectl callbot: .*nobody.*not found\n$/)
  })

  it('says why a bot is not ready', async () => {
    const { kube } = server()
    const { spec } = parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')) as { spec: object }
    const metadata = { namespace: 'default', name: 'rendez-vous' }
    const bot = join(folder, 'bot.json')
    writeFileSync(bot, JSON.stringify({ apiVersion: 'callbots.dev/v1alpha1', kind: 'Callbot', metadata, spec }))
    expect(await kubectl('apply', '-f', bot)).to.include({ code: 0 })
    const fresh = await kubectl('callbot', 'status', 'rendez-vous')
    expect(fresh, fresh.text).to.have.property('code', 1)
    expect(fresh.text).to.match(/^default\/rendez-vous: not ready\n {2}no operator has reported its state yet/)
    expect(fresh.text).to.include('\nIntegration cabinet: does not exist\n')

    const ready = { type: 'Ready', status: 'True', reason: 'Serving', message: '3 of 3 pods take calls in 3 zones.' }
    const conditions = [{ ...ready, observedGeneration: 1, lastTransitionTime: '2026-11-30T06:30:00Z' }]
    await kube.patchStatus(CALLBOTS, 'default', 'rendez-vous', { conditions })
    const well = await kubectl('callbot', 'status', 'rendez-vous')
    expect(well, well.text).to.have.property('code', 0)
    expect(well.text).to.match(/^default\/rendez-vous: ready\n {2}3 of 3 pods take calls in 3 zones\.\n/)

    const absent = await kubectl('callbot', 'status', 'nobody')
    expect(absent.code).to.equal(2)
    expect(absent.text).to.equal(
      'Error: namespace default has no Callbot nobody: see kubectl get callbots -A, and name its namespace by -n\n',
    )
  })

  it('exports records with their keys, which it verifies without a cluster', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const { kube } = server()
    const integration = { namespace: 'default', name: 'cabinet', uid: '0123456789' }
    let previousDigest: string | undefined
    for (const sequence of [1, 2, 3]) {
      const facts = {
        integration,
        drill: { name: `d${sequence}`, uid: 'u' },
        sequence,
        keptFrom: 1,
        slot: undefined,
        previousDigest,
        run: {},
        result: {},
      }
      const envelope = signStatement(recordStatement(facts as unknown as RecordFacts), privateKey)
      previousDigest = digestOf(envelope)
      const labels = { 'app.kubernetes.io/component': 'drill-record', 'callbots.dev/integration': 'cabinet' }
      const metadata = { name: recordName(integration, sequence), namespace: 'default', labels }
      await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [RECORD_FILE]: envelope } } as never)
    }
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const labels = { 'app.kubernetes.io/component': 'evidence' }
    const metadata = { name: 'callbot-evidence-1', namespace: 'default', labels }
    await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'public.pem': pem } } as never)

    const [records, keys] = [join(folder, 'records.yaml'), join(folder, 'keys.pem')]
    const out = await shell(`kubectl-callbot evidence export --operator-namespace default --keys ${keys} > ${records}`)
    expect(out.code, out.text).to.equal(0)
    const verified = await shell(`kubectl-callbot evidence verify -f ${records} -k ${keys}`)
    expect(verified.text).to.match(/^default\/cabinet: 3 records, all verified/)
    expect(verified.code).to.equal(0)

    await kube.remove(resources.configMaps, 'default', recordName(integration, 2))
    await shell(`kubectl-callbot evidence export > ${records}`)
    const missing = await shell(`kubectl-callbot evidence verify -f ${records} -k ${keys}`)
    expect(missing).to.deep.include({ code: 1 })
    expect(missing.text).to.include('Missing: record 2 is missing before it')
    expect(readFileSync(records, 'utf8')).not.to.include('managedFields')
  })

  it('reports who exported a legal hold, and where none can be exported', async () => {
    const listed = await kubectl('callbot', 'hold', 'exports', '-n', 'default')
    expect(listed.code, listed.text).to.equal(1)
    const output = join(folder, 'hold.jsonl')
    const exported = await kubectl('callbot', 'hold', 'export', 'policy', 'case', '-n', 'default', '-o', output)
    expect(exported.code, exported.text).to.equal(1)
    for (const { text } of [listed, exported]) expect(text).to.include('callbot-records')
  })

  it('reports an API server that can not be reached with exit code 2', async () => {
    const config = readFileSync(server().kubeconfig, 'utf8').replace(/server: .*/, 'server: https://127.0.0.1:1')
    const elsewhere = join(folder, 'elsewhere.yaml')
    writeFileSync(elsewhere, config)
    const { code, text } = await run(plugin.binary, ['status', 'rendez-vous'], elsewhere)
    expect(code, text).to.equal(2)
    expect(text).to.include('ECONNREFUSED').and.to.include('kubectl cluster-info')
  })

  it('ran each of its verbs here', () => {
    const program = new Command()
    addVerbs(program)
    const verbs = verbsOf(program)
    expect(verbs).to.have.length.above(12)
    for (const verb of verbs)
      expect(
        typed.some(
          (line) =>
            line.startsWith(`callbot ${verb} `) ||
            line.includes(`kubectl-callbot ${verb} `) ||
            line === `callbot ${verb}`,
        ),
        verb,
      ).to.equal(true)
  })
})
