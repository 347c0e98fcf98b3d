// @seconds 3
import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientManifests } from '../../../hack/client/manifests.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { readIdentity } from '../../../src/pki/identity.ts'
import { createMedia } from '../../../src/telephony/media/media.ts'
import { createUserAgent, type UserAgent } from '../../../src/telephony/user-agent.ts'
import { eventually } from '../../harness/eventually.ts'
import { freePort } from '../../../hack/free-port.ts'
import { loopback } from '../../harness/loopback.ts'

const PBX = loopback(75, 1)
const NAME = 'pbx-paris.client-pbx.svc.cluster.local'
type Secret = { kind: string; metadata: { namespace: string; name: string }; stringData: Record<string, string> }

describe("the sample's telephone system", function () {
  this.timeout(30_000)
  let folder: string
  let pbx: ChildProcess
  let agent: UserAgent
  let said = ''
  let port: number
  const media = createMedia({ address: '127.0.0.1', ports: { from: 33_000, to: 33_099 }, clock, log: silent })

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-client-'))
    for (const { kind, metadata, stringData } of clientManifests('cabinet-des-lilas') as Secret[]) {
      if (kind !== 'Secret') continue
      const place = join(folder, metadata.name)
      mkdirSync(place, { recursive: true })
      for (const [key, text] of Object.entries(stringData)) writeFileSync(join(place, key), text)
    }
    const env = {
      ...{ PATH: process.env['PATH'], POD_IP: PBX, PBX_NAME: 'paris', PBX_PEERS: 'callbot.cabinet-des-lilas.test' },
      ...{ PBX_TLS_DIR: join(folder, 'pbx-paris-tls'), PBX_LISTEN_PORT: String((port = await freePort())) },
    }
    pbx = spawn(process.execPath, [join(repo, 'hack', 'client', 'pbx.ts')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    pbx.stdout!.on('data', (chunk: Buffer) => (said += String(chunk)))
    await eventually(() => expect(said).to.include('"listening"'))
    const identity = await readIdentity(join(folder, 'trunk-identity'))
    agent = await createUserAgent({
      ...{ host: '127.0.0.1', listen: { tls: { port: 0 } }, tls: { identity, peers: [NAME] }, clock, log: silent },
      admit: () => undefined,
      onCall: (call) => call.refuse(480),
    })
  })
  after(async () => {
    pbx.kill()
    await agent.close(100)
    await media.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = async (srtp: 'Required' | 'Disabled') => {
    let loud = 0
    const handlers = {
      onFrame(frame: Int16Array) {
        if (frame.some((sample) => Math.abs(sample) > 1000)) loud++
        opened.session.send(undefined)
      },
    }
    const offered = await media.offer({ srtp, codecs: ['PCMA'] }, handlers)
    if (offered.kind === 'refused') throw new Error(offered.because)
    const opened = offered
    const uri = `sip:4001@${NAME}`
    const body = { type: 'application/sdp', content: opened.body }
    const hop = { transport: 'TLS', host: PBX, port } as const
    const placed = await agent.originate({ uri, hop, from: '<sip:+33199000042@caller.test>', body, timeoutMs: 5_000 })
    return { placed, session: opened.session, loud: () => loud }
  }

  it('answers who shows the certificate that the sample gives the edges, over SRTP, and hums', async () => {
    const { placed, session, loud } = await call('Required')
    if (!placed.ok) throw new Error(`refused with ${placed.status}`)
    session.complete(placed.dialog.remoteBody!.content)
    session.start()
    await eventually(() => expect(loud()).to.be.above(20))
    await placed.dialog.bye()
    session.close()
    await eventually(() => expect(said).to.include('"ended"'))
    expect(said).not.to.include('+33')
  })

  it('takes no call in the clear', async () => {
    const { placed, session } = await call('Disabled')
    expect(placed).to.deep.include({ ok: false, status: 488 })
    session.close()
  })
})
