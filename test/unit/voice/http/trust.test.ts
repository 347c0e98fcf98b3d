import { expect } from 'chai'
import { createAuthority } from '../../../harness/authority.ts'
import { eventually } from '../../../harness/eventually.ts'
import { mountedSecrets } from '../../../harness/mounted-secrets.ts'
import { openStage } from '../../../harness/operations.ts'
import { startWebService, type WebService } from '../../../harness/web-service.ts'

const never = new AbortController().signal
const authority = createAuthority('client CA')
const stranger = createAuthority('another CA')
const operations = [{ name: 'ask', method: 'POST', path: '/ask' }] as const
const ours = (from = authority) => {
  const { cert, key } = from.issue(['bot.clinic'])
  return { 'tls.crt': cert, 'tls.key': key }
}
const ca = { caSecretRef: { name: 'ca', key: 'ca.crt' } }

describe('a web service', () => {
  let service: WebService
  let secrets: ReturnType<typeof mountedSecrets>
  let stage: ReturnType<typeof openStage>

  beforeEach(async () => {
    service = await startWebService({ authority })
    secrets = mountedSecrets({ ca: { 'ca.crt': authority.cert } })
  })
  afterEach(async () => {
    await stage.close()
    await service.close()
    secrets.remove()
  })

  const open = (endpoint: NonNullable<Parameters<typeof openStage>[1]>['endpoint'] = {}) =>
    (stage = openStage([service], { http: { operations: [...operations] }, endpoint, secretsFolder: secrets.folder }))
  const call = async () => {
    const { outcome } = await stage.operations.call({ integration: 'cabinet', operation: 'ask', input: {} }, never)
    return outcome
  }
  const shown = () => service.received.at(-1)?.headers

  it('is believed only with a certificate of its authority, for its name', async () => {
    open()
    expect(await call()).to.equal('Failed')
    await stage.close()
    open({ tls: { ...ca, serverName: 'other.example' } })
    expect(await call()).to.equal('Failed')
    await stage.close()
    expect(service.received).to.deep.equal([])
    open({ tls: { ...ca, serverName: 'localhost' } })
    expect(await call()).to.equal('Done')
  })

  it('is shown our certificate where it asks for one, and a new one without a restart', async () => {
    await service.close()
    service = await startWebService({ authority, clients: authority })
    secrets.mount('own', ours(stranger))
    open({ tls: { ...ca, identitySecretRef: { name: 'own' } } })
    expect(await call()).to.equal('Failed')
    secrets.mount('own', ours())
    expect(await call()).to.equal('Done')
  })

  it('is asked as soon as its Secret is there, and it says in the log what is missing', async () => {
    open({ tls: ca, auth: { type: 'Bearer', secretRef: { name: 'token' } } })
    expect(await call()).to.equal('Failed')
    secrets.mount('token', { token: 'one\n' })
    expect(await call()).to.equal('Done')
    expect(shown()).to.include({ authorization: 'Bearer one', 'user-agent': 'callbot' })
    secrets.mount('token', { token: 'two' })
    await call()
    expect(shown()?.authorization).to.equal('Bearer two')
  })

  it('gets user and password, or a key, in the form that it wants', async () => {
    secrets.mount('who', { username: 'bot', password: 'a:b', apiKey: 'k' })
    open({ tls: ca, auth: { type: 'Basic', secretRef: { name: 'who' } } })
    await call()
    expect(Buffer.from(shown()!.authorization!.slice(6), 'base64').toString()).to.equal('bot:a:b')
    await stage.close()
    open({ tls: ca, auth: { type: 'APIKey', secretRef: { name: 'who' }, header: 'X-Key' } })
    await call()
    expect(shown()).to.include({ 'x-key': 'k' })
  })

  it('is shown a token of its token server, one for all calls, and another when it takes that one no more', async () => {
    const tokens = await startWebService({ authority })
    let given = 0
    tokens.answer = () => ({ status: 200, body: `{"access_token":"t${++given}","expires_in":3600}` })
    secrets.mount('client', { clientID: 'bot', clientSecret: 's' })
    const auth = {
      type: 'OAuth2',
      secretRef: { name: 'client' },
      tokenURL: `${tokens.url}/token`,
      scope: 'book',
    } as const
    open({ tls: ca, auth })
    await Promise.all([call(), call()])
    expect(service.received.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer t1', 'Bearer t1'])
    const [request] = tokens.received
    expect(request).to.include({ method: 'POST', url: '/v1/token', body: 'grant_type=client_credentials&scope=book' })
    service.answer = ({ headers }) => ({ status: headers.authorization === 'Bearer t1' ? 401 : 200 })
    expect(await call()).to.equal('Failed')
    expect(await call()).to.equal('Done')
    expect(shown()?.authorization).to.equal('Bearer t2')
    await tokens.close()
  })

  describe('that a Secret does not name', () => {
    const elsewhere = { 'callbots.hosts': 'api.example.org, *.localhost' }
    const REFUSAL =
      'Secret theirs may not be shown to localhost: who owns the Secret adds the host to its key callbots.hosts'
    const values = { token: 't', username: 'u', password: 'p', apiKey: 'k', clientID: 'c', clientSecret: 's' }

    for (const type of ['Bearer', 'Basic', 'APIKey'] as const) {
      it(`is sent nothing of it, whoever writes the Integration: ${type}`, async () => {
        secrets.mount('theirs', { ...values, ...elsewhere })
        const endpoint = { tls: ca, auth: { type, secretRef: { name: 'theirs' } } }
        open(endpoint)
        expect(await call()).to.equal('Failed')
        expect(service.received).to.deep.equal([])
        await eventually(() => expect(stage.lines.join()).to.contain(REFUSAL))
        await stage.close()
        secrets.mount('theirs', { ...values, 'callbots.hosts': 'api.example.org\nlocalhost\n' })
        open(endpoint)
        expect(await call()).to.equal('Done')
      })
    }

    it('is not shown the certificate in it', async () => {
      await service.close()
      service = await startWebService({ authority, clients: authority })
      secrets.mount('own', { ...ours(), ...elsewhere })
      open({ tls: { ...ca, identitySecretRef: { name: 'own' } } })
      expect(await call()).to.equal('Failed')
      expect(service.connections).to.equal(0)
    })

    it('gets no secret of OAuth2, and no token that was given for one', async () => {
      const tokens = await startWebService({ authority })
      tokens.answer = () => ({ status: 200, body: '{"access_token":"t","expires_in":3600}' })
      const byName = { type: 'OAuth2', secretRef: { name: 'theirs' }, tokenURL: `${tokens.url}/token` } as const
      secrets.mount('theirs', { ...values, ...elsewhere })
      open({ tls: ca, auth: byName })
      expect(await call()).to.equal('Failed')
      await stage.close()
      // The token server is the one that the Secret is for; the endpoint, which would get the token, is not.
      secrets.mount('theirs', { ...values, 'callbots.hosts': '127.0.0.1' })
      open({ tls: ca, auth: { ...byName, tokenURL: byName.tokenURL.replace('localhost', '127.0.0.1') } })
      expect(await call()).to.equal('Failed')
      expect([tokens.received, service.received]).to.deep.equal([[], []])
      await tokens.close()
    })
  })

  it('is not asked without the token that it wants', async () => {
    const tokens = await startWebService({ authority })
    tokens.answer = () => ({ status: 400, body: '{"error":"invalid_client"}' })
    secrets.mount('client', { clientID: 'bot', clientSecret: 's' })
    open({ tls: ca, auth: { type: 'OAuth2', secretRef: { name: 'client' }, tokenURL: `${tokens.url}/token` } })
    expect(await call()).to.equal('Failed')
    expect(service.received).to.deep.equal([])
    await tokens.close()
  })
})
