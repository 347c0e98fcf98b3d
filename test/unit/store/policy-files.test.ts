import { expect } from 'chai'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import {
  ALL_POLICIES_FILE,
  fileOfNamespace,
  NAMESPACES_FILE,
  readPolicies,
  type FiledPolicy,
} from '../../../src/messages/policies.ts'
import { createPolicyFiles, type PolicyFiles } from '../../../src/store/policy-files.ts'

const policy = (tenant: string, generation: number) => ({
  ...{ tenant, name: 'policy', generation, mode: 'Enforce', maxDeletionsPerRun: 1, rules: [], legalHolds: [] },
})

describe('the files of policies', () => {
  let folder: string
  let files: PolicyFiles<FiledPolicy>
  let logged: string[]
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  const remove = (name: string) => rmSync(join(folder, name))
  const known = async () => {
    const isValid = await files.read()
    const now = files.known()
    const seen = now && [...now.byNamespace.values()].flat().map(({ tenant, generation }) => `${tenant} ${generation}`)
    return { isValid, seen: seen?.toSorted(), unread: now && [...now.unread] }
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-policies-'))
    logged = []
    const log = pino({}, { write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg) })
    files = createPolicyFiles({ folder, parse: readPolicies, log })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('say nothing until the list of namespaces is there', async () => {
    write(fileOfNamespace('lilas'), [policy('lilas', 1)])
    expect(await known()).to.deep.equal({ isValid: false, seen: undefined, unread: undefined })
  })

  it('name the namespaces whose policies are not there yet, or speak of another one', async () => {
    write(NAMESPACES_FILE, ['acme', 'lilas', 'roses'])
    write(fileOfNamespace('lilas'), [policy('lilas', 1)])
    write(fileOfNamespace('roses'), [policy('lilas', 9)])
    expect(await known()).to.deep.equal({ isValid: true, seen: ['lilas 1'], unread: ['acme', 'roses'] })
  })

  it('keep what was read last of a namespace, until the list does not have it any more', async () => {
    write(NAMESPACES_FILE, ['lilas'])
    write(fileOfNamespace('lilas'), [policy('lilas', 1)])
    await files.read()
    remove(fileOfNamespace('lilas'))
    expect(await known()).to.deep.equal({ isValid: true, seen: ['lilas 1'], unread: [] })
    remove(NAMESPACES_FILE)
    expect(await known()).to.deep.equal({ isValid: false, seen: ['lilas 1'], unread: [] })
    write(NAMESPACES_FILE, [])
    expect(await known()).to.deep.equal({ isValid: true, seen: [], unread: [] })
  })

  it('keep what was read last of a namespace whose file is broken, and take the next that is not', async () => {
    write(NAMESPACES_FILE, ['lilas'])
    for (const [file, generation] of [
      [[policy('lilas', 1)], 1],
      [[{ ...policy('lilas', 2), mode: 'Off' }], 1],
      [[policy('lilas', 3)], 3],
    ] as const) {
      write(fileOfNamespace('lilas'), file)
      expect((await known()).seen).to.deep.equal([`lilas ${generation}`])
    }
  })

  it('are the one file of the version before, until the operator is of this version, too', async () => {
    write(ALL_POLICIES_FILE, [policy('lilas', 1), policy('roses', 1)])
    expect((await known()).seen).to.deep.equal(['lilas 1', 'roses 1'])
    write(fileOfNamespace('lilas'), [policy('lilas', 2)])
    expect(await known()).to.deep.equal({ isValid: true, seen: ['lilas 2', 'roses 1'], unread: [] })
    write(NAMESPACES_FILE, ['lilas'])
    remove(ALL_POLICIES_FILE)
    expect((await known()).seen).to.deep.equal(['lilas 2'])
  })

  it('are all of one version of the volume, which a kubelet changes as a whole', async () => {
    for (const [version, tenant] of [
      ['..1', 'lilas'],
      ['..2', 'roses'],
    ] as const) {
      mkdirSync(join(folder, version))
      write(join(version, NAMESPACES_FILE), [tenant])
      write(join(version, fileOfNamespace(tenant)), [policy(tenant, 1)])
      symlinkSync(version, join(folder, '..data_tmp'))
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
      expect(await known()).to.deep.equal({ isValid: true, seen: [`${tenant} 1`], unread: [] })
    }
  })

  it('are logged once when they become invalid, however often they are read', async () => {
    for (let nth = 0; nth < 3; nth++) await files.read()
    expect(logged).to.have.lengthOf(1)
    write(NAMESPACES_FILE, ['lilas'])
    for (let nth = 0; nth < 3; nth++) await files.read()
    expect(logged).to.have.lengthOf(2)
    write(fileOfNamespace('lilas'), [policy('lilas', 1)])
    await files.read()
    remove(fileOfNamespace('lilas'))
    await files.read()
    expect(logged).to.have.lengthOf(3)
  })
})
