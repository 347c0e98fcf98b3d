// @guard test/unit/hack/cluster/parts.test.ts
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { run, until } from '../../../hack/cluster/shell.ts'
import { itWhole } from '../../harness/extent.ts'
import * as kit from './kit.ts'

const { answers, ask, attempt, cluster, kubectl, webIn } = kit

/** Faults of zones, pods and the API server are the whole form's: each end-to-end test that uses one sees whether it works. */
describe('the local cluster', function () {
  this.timeout(120_000)

  before(async function () {
    this.timeout(900_000) // the first time builds Kubernetes
    await cluster('up')
    await kit.deployWeb()
  })
  after(async () => {
    await cluster('down')
  })
  afterEach(async () => {
    await cluster('heal')
  })

  it('has one ready node in each of three zones, named unlike its zone', async () => {
    const columns =
      'jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.topology\\.kubernetes\\.io/zone}{"\\n"}{end}'
    const listed = await kubectl(['get', 'nodes', '-o', columns])
    expect(listed.trim().split('\n')).to.deep.equal(['node-a zone-a', 'node-b zone-b', 'node-c zone-c'])
    expect(await cluster('status')).to.match(/^healthy/m)
  })

  it('says within a second that it is healthy, and restarts nothing', async () => {
    const before = kit.processes().sort()
    const best = async (verb: string) => {
      const tries: number[] = []
      for (let each = 0; each < 3; each++) {
        const begun = performance.now()
        expect((await attempt([verb])).code).to.equal(0)
        tries.push(performance.now() - begun)
      }
      return Math.min(...tries)
    }
    // Measured in starts of the program (0.15 s when nothing else runs), since the machine may be busy.
    expect((await best('up')) / (await best('--help'))).to.be.below(7)
    expect((await attempt(['up'])).stderr).to.contain('healthy')
    expect(kit.processes().sort()).to.include.members(before)
  })

  it('resolves and reaches a Service from a pod', async () => {
    const found = await kubectl([
      '-n',
      'try',
      'exec',
      'client',
      '--',
      '/bin/busybox',
      'nslookup',
      'web.try.svc.cluster.local',
    ])
    const address = await kubectl(['-n', 'try', 'get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}'])
    expect(found).to.contain(address)
    expect(await ask('client', address)).to.equal('hello')
  })

  it('enforces network policies, within a zone and between zones', async () => {
    const ingress = [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port: 8080 }] }]
    const spec = { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress }
    const metadata = { name: 'web', namespace: 'try' }
    const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }
    await kubectl(['apply', '-f', '-'], JSON.stringify(policy))
    for (const zone of ['a', 'b']) {
      const { ip } = await webIn(zone)
      await until(`the policy in zone-${zone}`, 10, async () => (await ask('stranger', ip)) !== 'hello')
      expect(await ask('client', ip)).to.equal('hello')
    }
    await kubectl(['-n', 'try', 'delete', 'networkpolicy', 'web'])
    const { ip } = await webIn('b')
    await until('the policy to go', 10, () => answers(ip))
  })

  itWhole('takes the API server and the other zones from a cut zone, whose kubelet lives on and rejoins', async () => {
    const { ip } = await webIn('c')
    const kubelet = kit.recordedPid('zone-c/run', 'kubelet')
    expect(await answers(ip)).to.equal(true)
    await cluster('cut', 'zone-c')
    await cluster('cut', 'zone-c')
    expect(await answers(ip), 'from the host').to.equal(false)
    expect(await ask('client', ip), 'from zone-a').not.to.equal('hello')
    const inZone = ['--net=/run/netns/callbot1-zone-c', 'curl', '-sk', '-m', '2']
    expect(await run('nsenter', [...inZone, `http://${ip}:8080/index.html`]), 'inside').to.equal('hello\n')
    const toApi = await run('nsenter', [...inZone, 'https://10.249.0.254:6443/readyz']).catch(() => 'unreachable')
    expect(toApi).to.equal('unreachable')
    await kit.untilNode('c', 'Unknown', 45)
    expect((await attempt(['status'])).code).to.equal(1)
    expect(kit.lives(kubelet)).to.equal(true)
    await cluster('heal', 'zone-c')
    await kit.untilNode('c', 'True', 20)
    expect(await answers(ip)).to.equal(true)
    expect(kit.recordedPid('zone-c/run', 'kubelet')).to.equal(kubelet)
  })

  itWhole('freezes every process of a zone, and lets it go on', async () => {
    const { ip, name } = await webIn('b')
    await cluster('freeze', 'zone-b')
    await cluster('freeze', 'zone-b')
    expect(await answers(ip), 'its pod').to.equal(false)
    expect(await kit.connects(ip, 8080), 'the kernel still takes connections').to.equal(true)
    await kit.untilNode('b', 'Unknown', 45)
    await cluster('thaw', 'zone-b')
    await kit.untilNode('b', 'True', 20)
    expect(await answers(ip)).to.equal(true)
    expect((await webIn('b')).name).to.equal(name)
  })

  it('kills a container, which the kubelet starts again in the same pod', async () => {
    const { name, restarts } = await webIn('a')
    await cluster('kill', `try/${name}`, 'web')
    await until('a restart', 30, async () => (await webIn('a')).restarts === restarts + 1)
    expect((await webIn('a')).name).to.equal(name)
  })

  itWhole('freezes one pod and no other', async () => {
    const [frozen, other] = [await webIn('b'), await webIn('c')]
    await cluster('freeze-pod', `try/${frozen.name}`)
    await cluster('freeze-pod', `try/${frozen.name}`)
    expect(await answers(frozen.ip)).to.equal(false)
    expect(await answers(other.ip)).to.equal(true)
    await cluster('thaw-pod', `try/${frozen.name}`)
    expect(await answers(frozen.ip)).to.equal(true)
  })

  itWhole('goes on without an API server, and breaks pods without it', async () => {
    const [one, two] = [await webIn('b'), await webIn('c')]
    await cluster('api', 'stop')
    await cluster('api', 'stop')
    expect(await kit.connects('10.249.0.254', 6443)).to.equal(false)
    expect(await answers(one.ip)).to.equal(true)
    await cluster('freeze-pod', `try/${two.name}`)
    expect(await answers(two.ip)).to.equal(false)
    await cluster('api', 'start')
    await cluster('thaw-pod', `try/${two.name}`)
    await kubectl(['get', 'nodes'])
  })

  itWhole('freezes the API server: connections are taken and nothing is answered', async () => {
    await cluster('api', 'freeze')
    expect(await kit.connects('10.249.0.254', 6443)).to.equal(true)
    expect(await kubectl(['get', 'nodes', '--request-timeout=2s']).catch(() => 'no answer')).to.equal('no answer')
    await cluster('api', 'thaw')
    await kubectl(['get', 'nodes'])
  })

  it('writes into the audit log what the operator wrote and as which pod', async () => {
    await kubectl(['create', 'namespace', 'callbot-system'])
    const inside = ['-n', 'callbot-system']
    await kubectl([...inside, 'create', 'serviceaccount', 'callbot-operator'])
    await kubectl([
      ...inside,
      'create',
      'rolebinding',
      'may',
      '--clusterrole=edit',
      '--serviceaccount=callbot-system:callbot-operator',
    ])
    const spec = {
      serviceAccountName: 'callbot-operator',
      containers: [{ name: 'c', image: 'localhost/busybox:local' }],
    }
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'op-1', namespace: 'callbot-system' }, spec }
    await kubectl(['apply', '-f', '-'], JSON.stringify(pod))
    const bound = ['--bound-object-kind=Pod', '--bound-object-name=op-1']
    const token = (await kubectl([...inside, 'create', 'token', 'callbot-operator', ...bound])).trim()
    const server = [
      '--server=https://10.249.0.254:6443',
      `--certificate-authority=${kit.state}/pki/ca.crt`,
      `--token=${token}`,
    ]
    const make = ['-n', 'callbot-system', 'create', 'configmap', 'proof', '--from-literal=answer=42']
    await run(`${(await cluster('bin')).trim()}/kubectl`, ['--kubeconfig=/dev/null', ...server, ...make])
    const lines = readFileSync(`${kit.state}/logs/audit.log`, 'utf8').split('\n')
    const line = lines.find((each) => each.includes('"name":"proof"') && each.includes('"verb":"create"'))!
    const event = JSON.parse(line) as {
      user: { extra: Record<string, string[]> }
      requestObject: { data: object }
      responseStatus: { code: number }
    }
    expect(event.user.extra['authentication.kubernetes.io/pod-name']).to.deep.equal(['op-1'])
    expect(event.requestObject.data).to.deep.equal({ answer: '42' })
    expect(event.responseStatus.code).to.equal(201)
  })

  it('names the cure when a zone, a pod or a verb does not exist', async () => {
    const zone = await attempt(['cut', 'zone-x'])
    expect(zone.code).to.equal(1)
    expect(zone.stderr).to.contain('zone-a, zone-b, zone-c')
    const pod = await attempt(['kill', 'try/nobody'])
    expect(pod.stderr).to.contain('kubectl get pods -n try')
    expect((await attempt(['kill', 'nobody'])).stderr).to.contain('NAMESPACE/POD')
    expect((await attempt(['api', 'sink'])).stderr).to.contain('stop, start, freeze, thaw')
  })

  it('changes nothing with CLUSTER=current', async () => {
    const current = { CLUSTER: 'current' }
    expect((await attempt(['up'], current)).stdout).to.contain('your cluster answers')
    expect((await attempt(['down'], current)).stdout).to.contain('left as it is')
    expect((await attempt(['images'], current)).stdout).to.contain('docker push')
    const refused = await attempt(['cut', 'zone-a'], current)
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.contain('only in the local cluster')
    expect(await cluster('status')).to.match(/^healthy/m)
    const nowhere = await attempt(['up'], { CLUSTER: 'current', KUBECONFIG: '/dev/null' })
    expect(nowhere.code).to.equal(1)
    expect(nowhere.stderr).to.contain('set KUBECONFIG')
  })
})
