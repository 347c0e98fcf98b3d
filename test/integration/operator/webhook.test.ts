// @seconds 22
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { accessIn } from '../../../hack/cluster/api.ts'
import { binary, ensureBinaries, kubernetes } from '../../../hack/cluster/binaries.ts'
import { operatorNamespace, renderChart } from '../../../hack/chart.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { tryRun } from '../../../hack/cluster/shell.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { hostileTexts } from '../../harness/hostile-flows.ts'
import { eventually } from '../../harness/eventually.ts'
import { reviewed } from '../../harness/reviewed.ts'
import { ownAddress } from '../../harness/own-address.ts'
import { startOperator, type OperatorProcess } from '../../harness/operator-process.ts'
import { asInPod } from '../../harness/service-account.ts'
import { installKinds } from '../contract/server.ts'
import { patient } from '../../harness/patience.ts'

const NAME = 'callbot-operator'
const NAMESPACE = 'cabinet-des-lilas'
const sample = (file: string) => readFileSync(join(repo, 'config', 'samples', file), 'utf8')
const bot = (change: (text: string) => string) => change(sample('30-callbot.yaml'))
const configuration = resources.validatingWebhookConfigurations

interface Client {
  caBundle?: string
  service: { path?: string }
}
interface Webhook {
  clientConfig: Client
}
const clientsIn = (raw: Raw): Client[] => (raw['webhooks'] as Webhook[]).map(({ clientConfig }) => clientConfig)

describe('kubectl apply of a Callbot, with the operator beside the API server', function () {
  this.timeout(60_000)
  const api = useApiServer()
  let operator: OperatorProcess
  let port: number

  before(async function () {
    this.timeout(180_000)
    await ensureBinaries([kubernetes])
    await installKinds(api())
    port = 20_000 + (process.pid % 10_000)
    await applyAll(stringify(namespaceOf(operatorNamespace)), sample('00-namespace.yaml'))
    await applyAll(sample('10-integration.yaml'), sample('20-retention-policy.yaml'))
    await applyAll(await partsOfChart(), stringify(service()), stringify(endpoints(port)))
    operator = startOperator({
      access: await accessOfOperator(),
      podName: `${NAME}-0`,
      namespace: operatorNamespace,
      image: 'localhost/callbot-operator:dev',
      env: { CALLBOT_WEBHOOK_PORT: String(port), CALLBOT_NUMBER_RESERVATIONS: '+3319999:roses' },
    })
    await eventually(() => expect(operator.says('the webhook configuration is updated')).to.be.true, 60)
    // The API server's own watch brings it the new configuration a moment later.
    await eventually(async () => expect((await dryRun(bot(broken))).code).to.equal(1), 20)
  })
  after(async () => {
    operator?.kill()
    await operator?.ended
  })

  /** The operator runs with the rights that the chart gives it, and no others. */
  async function accessOfOperator(): Promise<Record<string, string>> {
    const { stdout: token, stderr } = await kubectl(['-n', operatorNamespace, 'create', 'token', NAME])
    expect(stderr).to.equal('')
    return asInPod({ ...accessIn(api().kubeconfig), token: token.trim() })
  }

  const kubectl = (args: readonly string[], input?: string) =>
    tryRun(binary(kubernetes, 'kubectl'), ['--kubeconfig', api().kubeconfig, ...args], { input })
  const apply = (text: string, ...more: string[]) => reviewed(() => kubectl(['apply', '-f', '-', ...more], text))
  const dryRun = (text: string) => apply(text, '--dry-run=server')
  const applyAll = async (...texts: string[]) => {
    const { code, stderr } = await apply(texts.join('\n---\n'))
    expect(code, stderr).to.equal(0)
  }
  const broken = (text: string) => text.replace('otherwise: date', 'otherwise: dat')

  it('says nothing about the sample, with --dry-run=server and without', async () => {
    for (const ran of [await dryRun(sample('30-callbot.yaml')), await apply(sample('30-callbot.yaml'))]) {
      expect(ran.stderr).to.equal('')
      expect(ran.code).to.equal(0)
    }
  })

  it('refuses a dialog with a wrong step, names the field and the cure, and --dry-run=server tells the same', async () => {
    const told =
      'The Callbot "rendez-vous" is invalid: spec.dialog.inline.steps[2].choose.otherwise: there is no step dat. ' +
      'Did you mean date? Name one of the steps, or add the missing one\n'
    for (const ran of [await dryRun(bot(broken)), await apply(bot(broken))]) {
      expect(ran.stderr.replace(/^Error from server \(Invalid\): .*: (?=The)/, '')).to.equal(told)
      expect(ran.code).to.equal(1)
    }
  })

  it('refuses what the objects beside it do not have: an operation, an outcome, a field of the policy', async () => {
    const ran = await dryRun(
      bot((text) =>
        text.replace('operation: demander-rendez-vous', 'operation: reserver').replaceAll('dejaVenu', 'dejaVu'),
      ),
    )
    expect(ran.code).to.equal(1)
    expect(ran.stderr).to.include('steps[9].request.operation: Integration cabinet has no operation reserver')
    expect(ran.stderr).to.include('steps[5].ask.field: RetentionPolicy trente-jours does not allow dejaVu')
  })

  it('refuses a bot whose own test fails, with the test, the turn, what it expects and what it finds', async () => {
    const failing = (text: string) => text.replace('expect: [matin]', 'expect: [soir]')
    const told =
      'The Callbot "rendez-vous" is invalid: spec.tests[0].turns[2].expect: test prise-de-rendez-vous expects the bot says "soir" ' +
      'and finds "Plutôt le matin ou l\'après-midi ?". Correct the conversation flow or the test; callbot test prints the complete conversation\n'
    for (const ran of [await dryRun(bot(failing)), await apply(bot(failing))]) {
      expect(ran.stderr.replace(/^Error from server \(Invalid\): .*: (?=The)/, '')).to.equal(told)
      expect(ran.code).to.equal(1)
    }
  })

  it('warns of what is legal and unwise, and of what is not there yet, and takes it', async () => {
    const ran = await dryRun(
      bot((text) =>
        text
          .replace('trente-jours', 'quarante-jours')
          .replace(/ {12}confirm: Always\n/, '            confirm: Never\n')
          // They expect the question that is left out now.
          .replace(/ {2}tests:\n.*/s, ''),
      ),
    )
    expect(ran.code).to.equal(0)
    expect(ran.stderr).to.match(
      /^Warning: spec[.]dialog[.]inline[.]steps\[3\][.]ask[.]confirm: a Date that was misrecognised/m,
    )
    expect(ran.stderr).to.match(
      /^Warning: spec[.]retentionPolicyRef[.]name: there is no RetentionPolicy quarante-jours yet/m,
    )
  })

  it('warns of a policy that keeps something where there is no store, and takes it; of one that keeps nothing it says nothing', async () => {
    const { code, stderr } = await dryRun(sample('20-retention-policy.yaml'))
    expect(code).to.equal(0)
    expect(stderr).to.match(/^Warning: spec[.]rules: the installation keeps no call records/)
    expect(stderr, 'not cut off').to.not.include('…')
    expect(await dryRun(sample('21-retention-policy-zero.yaml'))).to.include({ code: 0, stderr: '' })
  })

  it('refuses a schedule of drills that can not be kept', async () => {
    const integration = sample('10-integration.yaml')
    expect((await dryRun(integration)).code).to.equal(0)
    const { stderr } = await dryRun(integration.replace('30 6 * * MON', '30 6 30 FEB *'))
    expect(stderr).to.include('spec.drill.schedule').and.to.include('day 30 never comes in month FEB')
  })

  it('refuses a trunk at an address that leads to no other host, with and without drills', async () => {
    const to = sample('10-integration.yaml').replace('pbx-paris.client-pbx.svc.cluster.local', '169.254.169.254')
    for (const text of [to, to.replace(/^ {2}drill:\n( {3}.*\n)+/m, '')])
      expect((await dryRun(text)).stderr).to.match(/trunks\[0\]\.address\.host.*169\.254\.169\.254 is a link-local/)
  })

  it('looks into a ConfigMap that is labelled as a dialog, and into no other', async () => {
    const map = (labels: Record<string, string>, dialog: string) =>
      stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'accueil', namespace: NAMESPACE, labels },
        data: { 'dialog.yaml': dialog },
      })
    const other = bot((text) =>
      text.replace('name: rendez-vous', 'name: accueil').replaceAll('+33199000001', '+33199000002'),
    )
    const [document] = parseAllDocuments(other)
    const object = document!.toJS() as { spec: { dialog: unknown; tests: unknown[] } }
    object.spec.dialog = { configMapRef: { name: 'accueil' } }
    object.spec.tests = []
    await applyAll(stringify(object))
    const wrong = 'steps: [{ name: a, say: { text: Bonjour }, next: a }]'
    const refused = await apply(map({ 'callbots.dev/dialog': 'true' }, wrong))
    expect(refused.stderr).to.include('data[dialog.yaml].steps[0]: a -> a goes round and no ask, llm or transfer')
    expect(refused.code).to.equal(1)
    const misspelt = await apply(map({ 'callbots.dev/dialog': 'true' }, 'steps: [{ name: a, hangup: {} }]'))
    expect(misspelt.stderr).to.include('data[dialog.yaml].steps[0].hangup: unknown field')
    expect((await apply(map({}, wrong))).code).to.equal(0)
    for (const [hostile, because] of [
      ['a: &a [x, x]\nb: [*a, *a]', 'data[dialog.yaml]: *a is an alias: write out what it stands for'],
      [
        hostileTexts(188_890)['many keys in a map']!,
        'data[dialog.yaml]: the conversation flow has 188890 octets, and the maximum is 131072',
      ],
    ] as const) {
      const ran = await apply(map({ 'callbots.dev/dialog': 'true' }, hostile), '--server-side')
      expect(ran).to.include({ code: 1 }).and.to.have.property('stderr').that.includes(because)
    }
  })

  it('refuses a number that the chart reserves for another namespace', async () => {
    const ran = await dryRun(
      bot((text) => text.replace('name: rendez-vous', 'name: reserve').replaceAll('+331990000', '+331999900')),
    )
    const because = 'spec.numbers[0]: +33199990001 is reserved, and not for namespace cabinet-des-lilas'
    expect(ran).to.include({ code: 1 }).and.to.have.property('stderr').that.includes(because)
  })

  it('warns of a number that an older bot has, wherever that one is', async () => {
    const { code, stderr } = await dryRun(bot((text) => text.replace('name: rendez-vous', 'name: second')))
    expect(code).to.equal(0)
    expect(stderr).to.include(
      `Warning: spec.numbers[0]: +33199000001 belongs to Callbot ${NAMESPACE}/rendez-vous, which is older, and keeps it`,
    )
  })

  it('warns of what a change of an Integration or a policy would break in the dialogs that are there', async () => {
    const integration = await apply(
      sample('10-integration.yaml').replace('name: Complet', 'name: Plein'),
      '--dry-run=server',
    )
    expect(integration.code).to.equal(0)
    expect(integration.stderr).to.match(
      /^Warning: Callbot rendez-vous: spec[.]dialog[.]inline[.]steps\[9\][.]request[.]outcomes\[1\][.]outcome: .* never ends as Complet/m,
    )
    const policy = await apply(
      sample('20-retention-policy.yaml').replace('field: autreJour', 'field: autre'),
      '--dry-run=server',
    )
    expect(policy.stderr).to.include('RetentionPolicy trente-jours does not allow autreJour')
  })

  it('leaves metadata alone: a bot that became invalid can still be labelled and deleted', async () => {
    await applyAll(
      bot((text) => text.replace('name: rendez-vous', 'name: ancien').replaceAll('+331990000', '+331990001')),
    )
    await api().transport.request({
      purpose: 'readwrite',
      method: 'DELETE',
      path: `/apis/callbots.dev/v1alpha1/namespaces/${NAMESPACE}/integrations/cabinet`,
    })
    expect((await kubectl(['-n', NAMESPACE, 'label', 'callbot', 'ancien', 'a=b'])).stderr).to.equal('')
    expect((await kubectl(['-n', NAMESPACE, 'delete', 'callbot', 'ancien'])).code).to.equal(0)
    await applyAll(sample('10-integration.yaml'))
  })

  it('answers nobody who lacks the password in the path: other clients’ names are none of theirs', async () => {
    const { path } = clientsIn(await api().kube.get(configuration, undefined, NAME))[0]!.service
    expect(path).to.match(/^\/review\/[0-9a-f]{32}\/callbots$/)
    const post = (to: string) =>
      tryRun('curl', [
        '-sk',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-X',
        'POST',
        '-H',
        'content-type: application/json',
        '-d',
        '{}',
        `https://127.0.0.1:${port}${to}`,
      ])
    expect((await post(path!)).stdout).to.equal('400')
    expect((await post(path!.replace(/[0-9a-f]{32}/, '0'.repeat(32)))).stdout).to.equal('404')
  })

  it('is found again after somebody spoilt the configuration', async () => {
    const { webhooks } = (await api().kube.get(configuration, undefined, NAME)) as unknown as { webhooks: Webhook[] }
    const spoilt = webhooks.map((each) => ({
      ...each,
      clientConfig: { service: { ...each.clientConfig.service, path: '/' } },
    }))
    await api().kube.mergePatch(configuration, undefined, NAME, { webhooks: spoilt })
    await eventually(async () => {
      const clients = clientsIn(await api().kube.get(configuration, undefined, NAME))
      expect(clients.every(({ caBundle, service: { path } }) => caBundle !== undefined && path !== '/')).to.be.true
    }, 20)
    await eventually(async () => expect((await dryRun(bot(broken))).code).to.equal(1), 20)
  })

  it('has the right to this one configuration, and to no other', async () => {
    const as = `--as=system:serviceaccount:${operatorNamespace}:${NAME}`
    const may = async (...what: string[]) => (await kubectl(['auth', 'can-i', as, ...what])).stdout.trim()
    const kind = 'validatingwebhookconfigurations.admissionregistration.k8s.io'
    expect(await may('patch', `${kind}/${NAME}`)).to.equal('yes')
    expect(await may('patch', `${kind}/another`)).to.equal('no')
    for (const verb of ['create', 'delete', 'update', 'list']) expect(await may(verb, kind), verb).to.equal('no')
    expect(await may('get', 'configmaps', '-n', NAMESPACE)).to.equal('no')
  })

  it('blocks nobody when no operator answers', async () => {
    operator.kill()
    await operator.ended
    const began = performance.now()
    expect((await dryRun(bot(broken))).code).to.equal(0)
    expect(performance.now() - began).to.be.below(patient(5_000))
  })
})

const namespaceOf = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

/** Of what the chart installs: the webhook, and the account and rights of the operator. */
async function partsOfChart(): Promise<string> {
  const kinds = [
    'ValidatingWebhookConfiguration',
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
    'Role',
    'RoleBinding',
  ]
  const objects = parseAllDocuments(await renderChart()).map((document) => document.toJS() as Raw | null)
  return objects
    .filter((object) => kinds.includes(object?.kind ?? ''))
    .map((object) => stringify(object))
    .join('---\n')
}

/** The API server of the test goes to the endpoints by itself, as the real one goes by the network of the cluster. */
const service = () => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: NAME, namespace: operatorNamespace },
  spec: { ports: [{ name: 'webhook', port: 443 }] },
})

const endpoints = (port: number) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: NAME, namespace: operatorNamespace, labels: { 'kubernetes.io/service-name': NAME } },
  ...{ addressType: 'IPv4', endpoints: [{ addresses: [ownAddress()], conditions: { ready: true } }] },
  ports: [{ name: 'webhook', port, protocol: 'TCP' }],
})
