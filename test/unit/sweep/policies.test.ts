import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALL_POLICIES_FILE, fileOfNamespace, NAMESPACES_FILE } from '../../../src/rules/policy-file-names.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createPolicyFiles, type PolicyFilesReader } from '../../../src/sweep/policies.ts'

const policy = (tenant: string, generation: number) => ({
  ...{ tenant, name: 'policy', generation, mode: 'Enforce', maxDeletionsPerRun: 1, rules: [], legalHolds: [] },
})

describe('the files of policies', () => {
  let folder: string
  let files: PolicyFilesReader
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  const remove = (name: string) => rmSync(join(folder, name))
  const known = async () => {
    const isValid = await files.read()
    const now = files.known()
    const seen = now?.policies.map(({ tenant, generation }) => `${tenant} ${generation}`).toSorted()
    return { isValid, seen, unread: now && [...now.unread] }
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-policies-'))
    files = createPolicyFiles(folder, silent)
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

  it('are the one file of the version before, until the operator is of this version, too', async () => {
    write(ALL_POLICIES_FILE, [policy('lilas', 1), policy('roses', 1)])
    expect((await known()).seen).to.deep.equal(['lilas 1', 'roses 1'])
    write(fileOfNamespace('lilas'), [policy('lilas', 2)])
    expect(await known()).to.deep.equal({ isValid: true, seen: ['lilas 2', 'roses 1'], unread: [] })
    write(NAMESPACES_FILE, ['lilas'])
    remove(ALL_POLICIES_FILE)
    expect((await known()).seen).to.deep.equal(['lilas 2'])
  })
})
