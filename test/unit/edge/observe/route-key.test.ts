import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFiles } from '../../../../src/edge/apply/proxy-files.ts'
import { commonRouteKey } from '../../../../src/edge/observe/route-key.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { systemClock } from '../../../../src/runtime/system-clock.ts'

const [ONE, OTHER] = ['1'.repeat(64), '2'.repeat(64)]

describe('the key of the routes of all edges', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-route-key-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const mount = (text: string) => writeFileSync(join(folder, 'route.key'), text)

  it('is what the operator wrote beside the certificate', async () => {
    mount(ONE)
    expect(await commonRouteKey(folder, { clock: systemClock, log: silent })).to.equal(ONE)
  })

  it('is waited for while there is none that is whole, and the log says so once', async () => {
    mount(ONE.slice(1))
    const lines: string[] = []
    const info = (_: unknown, text: string) => void lines.push(text)
    const waiting = commonRouteKey(folder, { clock: systemClock, log: { ...silent, info } })
    setTimeout(() => mount(OTHER), 700)
    expect(await waiting).to.equal(OTHER)
    expect(lines).to.deep.equal(['the Secret has no route.key yet: the operator writes it'])
  })

  it('stays the same for as long as a pod lives, whatever is mounted later: its proxy has calls', () => {
    const keys = [ONE, OTHER, undefined].map((key) => createFiles(folder, folder, key).routeKey)
    expect(keys).to.deep.equal([ONE, ONE, ONE])
  })
})
