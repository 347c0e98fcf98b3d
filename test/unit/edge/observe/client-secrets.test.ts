import { expect } from 'chai'
import { readSecrets } from '../../../../src/edge/observe/client-secrets.ts'
import { ApiError } from '../../../../src/kube/errors.ts'
import type { Raw } from '../../../../src/kube/raw-object.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

/** An API server with one Secret, or one answer to all questions for it. */
function stage(answer: () => Record<string, string> | Error) {
  const clock = new FakeClock()
  const asked: string[] = []
  let changes = 0
  const reader = readSecrets({
    kube: {
      get: async (_, namespace, name) => {
        asked.push(`${namespace}/${name}`)
        const found = answer()
        if (found instanceof Error) throw found
        const data = Object.fromEntries(Object.entries(found).map(([key, text]) => [key, btoa(text)]))
        return { metadata: { name }, data } as unknown as Raw
      },
    },
    account: 'callbot-system/callbot-edge',
    clock,
    signal: new AbortController().signal,
    onChange: () => void changes++,
  })
  return { reader, clock, asked, changes: () => changes, told: () => reader.values().get('lilas/own') }
}

const denied = (status: number) => new ApiError({ status, message: 'no' })

describe('the Secrets of clients', () => {
  it('are read by name, and only those that a trunk needs', async () => {
    const { reader, asked, told } = stage(() => ({ username: 'edge' }))
    await reader.follow(['lilas/own'])
    expect(asked).to.deep.equal(['lilas/own'])
    expect(told()).to.deep.equal({ data: new Map([['username', 'edge']]) })
    await reader.follow([])
    expect(reader.values().size).to.equal(0)
  })

  it('are read again, and a change is reported once', async () => {
    let value = 'a'
    const { reader, clock, changes, told } = stage(() => ({ value }))
    await reader.follow(['lilas/own'])
    await clock.pass(10_000)
    expect(changes()).to.equal(1)
    value = 'b'
    await clock.pass(10_000)
    expect(changes()).to.equal(2)
    expect(told()).to.deep.equal({ data: new Map([['value', 'b']]) })
  })

  it('that may not be read say who has to allow what', async () => {
    const { reader, told } = stage(() => denied(403))
    await reader.follow(['lilas/own'])
    const { because } = told() as { because: string }
    expect(because)
      .to.include('namespace lilas')
      .and.include('ServiceAccount callbot-system/callbot-edge')
      .and.include('Role')
  })

  it('that are missing say so', async () => {
    const { reader, told } = stage(() => denied(404))
    await reader.follow(['lilas/own'])
    expect((told() as { because: string }).because).to.include('does not exist in namespace lilas')
  })

  it('stay as they were while the API server is away', async () => {
    let away = false
    const { reader, clock, told } = stage(() => (away ? new Error('ECONNREFUSED') : { value: 'a' }))
    await reader.follow(['lilas/own'])
    away = true
    await clock.pass(10_000)
    expect(told()).to.deep.equal({ data: new Map([['value', 'a']]) })
  })
})
