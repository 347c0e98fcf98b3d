import { expect } from 'chai'
import { readCidr } from '../../../src/lib/ip-address.ts'
import { readVoiceConfig } from '../../../src/voice/config.ts'
import { parseEgress } from '../../../src/rules/egress.ts'
import { createEgress, type Egress, egressOf, REFUSED_ADDRESS } from '../../../src/webclient/egress-policy.ts'
import { openServer } from '../../../src/voice/speech/http-client.ts'
import { reachFrom } from '../../../src/wire/sdp/address-policy.ts'
import { openStage } from '../../harness/operations.ts'
import { startWebService, type WebService } from '../../harness/web-service.ts'

const never = new AbortController().signal
const pod = reachFrom('192.0.2.7')
const http = { operations: [{ name: 'ask', method: 'POST', path: '/ask' }] } as const

describe('a server that a tenant names', () => {
  let service: WebService
  beforeEach(async () => {
    service = await startWebService()
  })
  afterEach(() => service.close())

  const portOf = ({ url }: WebService) => new URL(url).port

  /** What comes of a call to the operation of an endpoint at that address. */
  async function ask(url: string, reach = pod): Promise<string> {
    const stage = openStage([{ url }], { reach, http: { operations: [...http.operations] } })
    const { outcome } = await stage.operations.call({ integration: 'cabinet', operation: 'ask', input: {} }, never)
    await stage.close()
    return `${outcome} ${stage.lines.join('\n')}`
  }

  it('is not asked at an address of the pod itself, however it is written, nor by a name that leads there', async () => {
    const port = portOf(service)
    for (const host of ['127.0.0.1', '127.0.66.6', 'localhost', 'any.localhost'])
      expect(await ask(`http://${host}:${port}/v1`), host).to.match(/^Failed/)
    for (const host of ['2130706433', '0x7f000001', '017700000001', '127.1', '[::1]', '[::ffff:127.0.0.1]'])
      expect(createEgress(pod).refusal(new URL(`http://${host}:${port}/`)), host).to.contain('nothing is sent to')
    expect(service.connections).to.equal(0)
    expect(await ask(`http://localhost:${port}/v1`, reachFrom('127.0.0.1'))).to.match(/^Done/)
  })

  it('is not asked at a range that the administrator denies, by its address or by a name', async () => {
    const denied = reachFrom('127.0.0.1', { denied: [readCidr('127.0.0.0/8')!, readCidr('::1')!] })
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await ask(`http://${host}:${portOf(service)}/v1`, denied), host).to.match(/^Failed/)
    expect(service.connections).to.equal(0)
  })

  it('is not followed elsewhere: a redirect is an answer like any other', async () => {
    const other = await startWebService()
    service.answer = () => ({ status: 307, headers: { location: `${other.url}/ask` } })
    await ask(service.url, reachFrom('127.0.0.1'))
    expect(service.received).to.not.be.empty
    expect(other.connections).to.equal(0)
    await other.close()
  })

  it('of speech or language is held to the same', async () => {
    const refused = openServer(service.url, { egress: createEgress(pod) })
    const post = { path: '/audio/speech', headers: {}, body: Buffer.alloc(1), signal: never }
    const failed = await refused.post(post).catch((error: unknown) => error)
    expect(failed).to.have.property('code', REFUSED_ADDRESS)
    const literal = openServer('http://169.254.169.254/latest', { egress: createEgress(pod) })
    expect(await literal.post(post).catch((error: unknown) => error)).to.have.property('code', REFUSED_ADDRESS)
    expect(service.connections).to.equal(0)
    await Promise.all([refused.close(), literal.close()])
  })

  it('is connected to by the addresses that may be reached, where its name has others too', async () => {
    const { lookup } = createEgress(reachFrom('127.0.0.1', { denied: [readCidr('::1')!] }))
    const all = await new Promise((resolve) => lookup('localhost', { all: true }, (_, found) => resolve(found)))
    expect(all).to.deep.equal([{ address: '127.0.0.1', family: 4 }])
    const one = await new Promise((resolve) => lookup('localhost', {}, (_, address) => resolve(address)))
    expect(one).to.equal('127.0.0.1')
  })
})

/** Of a cluster whose nodes and pods have public addresses: private ones are refused whatever the administrator lists. */
const [NODES, PODS, SERVICES] = [['5.5.0.0/24'], ['5.5.64.0/18', '2a00:1::/64'], ['10.96.0.0/12']]

describe('a server that a tenant names, by the policy of the installation', () => {
  const policy = parseEgress(
    JSON.stringify({
      enforce: true,
      open: [{ cidrs: ['10.20.0.0/16'], namespaces: ['acme'] }],
      clusterCidrs: ['127.0.0.0/8', '::1/128', ...NODES, ...PODS, ...SERVICES],
    }),
  )!
  const asked = (enforce: boolean, namespace = 'acme') => {
    const noted: string[] = []
    const judging = {
      policy: { ...policy, enforce },
      namespace,
      onNoted: (address: string) => void noted.push(address),
    }
    return { noted, egress: createEgress(reachFrom('127.0.0.1'), judging) }
  }
  const found = (egress: Egress, host: string) =>
    new Promise((resolve) => egress.lookup(host, { all: true }, (error, all) => resolve(error?.message ?? all)))

  it('is asked at public addresses and at those that are open for the namespace, and nowhere else', () => {
    const refusal = (url: string, namespace?: string) => asked(true, namespace).egress.refusal(new URL(url))
    for (const host of ['1.1.1.1', '10.20.0.7', 'pbx.example.org', '[2606:4700::1]', '[::ffff:10.20.0.7]'])
      expect(refusal(`https://${host}/v1`), host).to.equal(undefined)
    expect(refusal('https://10.20.0.7/', 'mechant')).to.match(
      /^10\.20\.0\.7 is not a public address.*namespace mechant/,
    )
    expect(refusal('https://10.96.0.1/')).to.match(/range of this cluster.*egress\.open/)
    for (const host of ['192.168.1.1', '100.64.0.1', '[fd00::1]', '[64:ff9b::a00:1]'])
      expect(refusal(`https://${host}/`), host).to.contain('is not a public address')
  })

  it('is not asked at an address of another node, of a pod or of a Service, in any form', () => {
    const inside = ['5.5.0.9', '5.5.70.1', '[2a00:1::7]', '10.96.0.10', '[::ffff:5.5.0.9]', '[64:ff9b::505:9]']
    for (const host of inside) {
      expect(asked(true).egress.refusal(new URL(`https://${host}/`)), host).to.match(/range of this cluster/)
      const { egress, noted } = asked(false)
      expect(egress.refusal(new URL(`https://${host}/`)), host).to.equal(undefined)
      expect(noted, host).to.have.length(1)
    }
  })

  it('is not connected to by a name that leads into the cluster, with the reason', async () => {
    expect(await found(asked(true).egress, 'localhost')).to.match(
      /^localhost: (127\.0\.0\.1|::1) is in a range of this cluster/,
    )
  })

  it('is connected to and reported while the policy is not enforced', async () => {
    const { egress, noted } = asked(false)
    expect(await found(egress, 'localhost')).to.be.an('array')
    expect(noted).to.not.deep.equal([])
    expect(egress.refusal(new URL('http://192.168.1.1/'))).to.equal(undefined)
    expect(noted.at(-1)).to.equal('192.168.1.1')
    expect(egress.refusal(new URL('http://169.254.169.254/'))).to.not.equal(undefined)
  })

  it('is connected to by one of its addresses that is open, where another is not', async () => {
    const half = { ...policy, cluster: [readCidr('::1')!] }
    const egress = createEgress(reachFrom('127.0.0.1'), { policy: half, namespace: 'acme', onNoted: () => {} })
    expect(await found(egress, 'localhost')).to.deep.equal([{ address: '127.0.0.1', family: 4 }])
  })
})

describe('what a pod may ask', () => {
  const config = (env: Record<string, string>) =>
    readVoiceConfig({ CALLBOT_NAME: 'b', CALLBOT_NAMESPACE: 'n', POD_NAME: 'p', POD_IP: '10.1.2.3', ...env })
  const refusal = (url: string, env = {}) => egressOf(config(env)).refusal(new URL(url))

  it('is neither a link, a metadata service, its node, the API server nor a port of Kubernetes', () => {
    const env = { NODE_IP: '10.0.0.9', KUBERNETES_SERVICE_HOST: '10.96.0.1' }
    for (const host of [
      '169.254.169.254',
      '[fe80::1]',
      '100.100.100.200',
      '10.0.0.9',
      '10.96.0.1',
      '0.0.0.0',
      '224.0.0.1',
    ])
      expect(refusal(`https://${host}/v1`, env), host).to.contain('nothing is sent to')
    for (const port of [10_250, 2_379, 6_443])
      expect(refusal(`https://node.example.org:${port}/`, env)).to.contain('one of Kubernetes itself')
    for (const host of ['10.0.0.10', '192.168.1.1', 'api.example.org', '[2001:db8::1]'])
      expect(refusal(`https://${host}/v1`, env), host).to.equal(undefined)
  })

  it('is nothing in the configured ranges, and it does not start with one that can not be read', () => {
    expect(refusal('http://10.9.9.9/', { CALLBOT_DENIED_CIDRS: '10.9.0.0/16, 2001:db8::/32' })).to.contain('10.9.9.9')
    expect(refusal('http://[2001:db8::1]/', { CALLBOT_DENIED_CIDRS: '10.9.0.0/16,2001:db8::/32' })).to.contain(
      '2001:db8',
    )
    expect(() => config({ CALLBOT_EGRESS: '{"enforce":"yes"}' })).to.throw("CALLBOT_EGRESS can't be read")
    const enforced = { CALLBOT_EGRESS: '{"enforce":true,"open":[],"clusterCidrs":[]}' }
    expect(refusal('http://10.9.9.9/', enforced)).to.contain('10.9.9.9 is not a public address')
    expect(() => config({ CALLBOT_DENIED_CIDRS: '10.0.0.0/40' })).to.throw('CALLBOT_DENIED_CIDRS has "10.0.0.0/40"')
  })
})
