// @seconds 5
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { createAuthority } from '../../harness/authority.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

/** What OpenSSL's own client agrees on with a TLS 1.2 suite, or `none`. */
const agreed = (address: string, suite: string, port = 5061) =>
  new Promise<string>((resolve) => {
    const args = ['s_client', '-connect', `${address}:${port}`, '-tls1_2', '-cipher', suite]
    const child = execFile('openssl', args, { timeout: 5_000 }, (_, out) =>
      resolve(/^\s+Cipher\s+: (\S+)$/m.exec(out)?.[1]?.replace(/^0000$/, 'none') ?? 'none'),
    )
    child.stdin!.end()
  })
const CBC = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']
const AEAD = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305']

describe('callers over TLS', function () {
  this.timeout(60_000)
  let stage: Stage
  afterEach(() => stage?.stop())

  it('agree with the edge on authenticated encryption and on nothing else, as pods do', async () => {
    stage = await setStage(34)
    for (const suite of AEAD) expect(await agreed(stage.rig.address, suite)).to.equal(suite)
    for (const suite of CBC) expect(await agreed(stage.rig.address, suite), suite).to.equal('none')
    for (const suite of CBC) expect(await agreed(stage.rig.address, suite, 5071), suite).to.equal('none')
  })

  it('agree on CBC only where the chart says so for an old carrier, and pods never do', async () => {
    stage = await setStage(34, { cipherSuites: 'AEADAndCBC' })
    for (const suite of [...AEAD, ...CBC]) expect(await agreed(stage.rig.address, suite)).to.equal(suite)
    for (const suite of CBC) expect(await agreed(stage.rig.address, suite, 5071), suite).to.equal('none')
  })

  it('call by the names that the chart lists of an authority that signs for many', async () => {
    const carriers = createAuthority('public')
    const values = [PATIENT, 'edge.tls.clientCaSecretName=ca', 'edge.tls.clientNames={sbc.carrier.example,b.example}']
    stage = await setStage(34, { clientCa: carriers, values })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
    const answer = async (name: string) => {
      const own = { ...carriers.issue([name]), ca: stage.rig.authority.cert, servername: EDGE_NAME }
      const caller = await startTlsCaller(stage.rig.address, { ...own, localAddress: loopback(34, 9) } as never)
      const { status } = await caller.invite(NUMBER).final()
      caller.close()
      return status
    }
    expect(await answer('SBC.carrier.example')).to.equal(200)
    expect(await answer('b.example')).to.equal(200)
    expect(await answer('stranger.example')).to.equal(403)
    expect(await answer('example')).to.equal(403)
  })
})
