// @seconds 3
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repo } from '../../../hack/cluster/settings.ts'
import { createAuthority } from '../../harness/authority.ts'
import { proxyProcess } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { freePort } from '../../../hack/free-port.ts'
import { makePodFolder, sampleBot } from '../../harness/pod-folder.ts'

/** What a runtime starts: the entrypoint of an image with a container's args. */
const entrypointOf = (dockerfile: string): string[] => {
  const text = readFileSync(join(repo, dockerfile), 'utf8')
  return JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]!) as string[]
}
const coreLimitOf = (pid: number) =>
  /^Max core file size\s+(\S+)\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))

describe('the memory of a process', function () {
  this.timeout(60_000)

  it('is never dumped to a core file, nor opened to an inspector by SIGUSR1, as the image starts a bot', async () => {
    const authority = createAuthority('test CA')
    const own = authority.issue(['town-hall.clinic.svc'])
    const folder = await makePodFolder({ ca: authority.cert, own, bot: sampleBot({ tests: [] }) })
    const [command, ...args] = [...entrypointOf('Dockerfile'), 'voice']
    const child = spawn(command!, args, { cwd: repo, env: { ...process.env, ...folder.env }, stdio: 'pipe' })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
    await eventually(() => expect(said).to.include('ready for calls'), 30)
    expect(coreLimitOf(child.pid!)!.slice(1)).to.deep.equal(['1', '1'])
    const ended = once(child, 'exit')
    child.kill('SIGUSR1')
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000))])
    expect(said).not.to.match(/debugger listening/i)
    child.kill('SIGKILL')
    await ended
    await folder.remove()
  })

  it('is never dumped by the speech server or by the proxy of an edge', async () => {
    // Only a bot collects garbage by itself: the flag has nothing to do with dumps.
    const ofBots = entrypointOf('Dockerfile').filter((flag) => flag !== '--expose-gc')
    expect(entrypointOf('Dockerfile.speech')).to.deep.equal(ofBots)
    const text = readFileSync(join(repo, 'src/edge/proxy/kamailio.cfg'), 'utf8')
    expect(text).to.match(/^disable_core_dump=yes/m)
    const folder = mkdtempSync(join(tmpdir(), 'callbot-core-'))
    const port = await freePort()
    const config = join(folder, 'kamailio.cfg')
    const own = /^disable_core_dump=yes/m.exec(text)![0]
    writeFileSync(config, `#!KAMAILIO\n${own}\nlisten=udp:127.0.0.1:${port}\nchildren=1\nrequest_route { exit; }\n`)
    const proxy = await proxyProcess(config, '127.0.0.1', folder)
    proxy.start()
    const pids = await eventually(() => {
      const found = readPids(config)
      expect(found.length).to.be.above(1)
      return found
    }, 30)
    for (const pid of pids) expect(coreLimitOf(pid)![1], String(pid)).to.equal('0')
    await proxy.stop()
    rmSync(folder, { recursive: true })
  })
})

/** Processes of a Kamailio that was started with that configuration. */
function readPids(config: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return line.includes(config) && !/unshare|setpriv/.test(line.split('\0')[0]!) && line.includes('-DD')
      } catch {
        return false
      }
    })
    .map(Number)
}
