import { expect } from 'chai'
import fc from 'fast-check'
import { fieldPath } from '../../../src/api/validation-messages.ts'
import { checkUpdate, parseObject } from '../../../src/api/parse.ts'
import { randomCallbot } from '../../harness/random-callbot.ts'

const drill = (spec: object) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'FailoverDrill',
  metadata: { name: 'run' },
  spec: { integrationRef: { name: 'clinic' }, side: 'SIP', scenario: 'Refuse', mode: 'DryRun', ...spec },
})

const valueOf = (raw: unknown) => {
  const read = parseObject(raw)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.value
}

describe('reading an object', () => {
  it('fills the defaults in', () => {
    const { spec } = valueOf(drill({})) as { spec: Record<string, unknown> }
    expect(spec).to.include({ mode: 'DryRun', desiredState: 'Run' })
    expect(spec['trigger']).to.deep.equal({ type: 'Manual' })
  })

  it('requires TLS and SRTP of callers of a bot that says nothing of either', () => {
    const pbx = { integrationRef: { name: 'pbx' } }
    const dialog = { configMapRef: { name: 'dialog', key: 'flow.yaml' } }
    const spec = { numbers: ['+33199000003'], language: 'fr-FR', dialog, integrationRefs: [{ name: 'pbx' }] }
    const bot = { ...drill({}), kind: 'Callbot', spec: { ...spec, fallback: { number: '+33199000099', ...pbx } } }
    const { media } = valueOf(bot).spec as { media: object }
    expect(media).to.include({ sipTransport: 'TLS', srtp: 'Required' })
  })

  it('refuses another kind, and says which there are', () => {
    const expected = {
      problems: [
        {
          path: 'kind',
          message:
            'must be one of Callbot, Integration, RetentionPolicy, FailoverDrill, with apiVersion callbots.dev/v1alpha1',
        },
      ],
    }
    expect(parseObject({ apiVersion: 'v1', kind: 'Pod' })).to.deep.equal(expected)
    expect(parseObject({ ...drill({}), apiVersion: 'callbots.dev/v9' })).to.deep.equal(expected)
    expect(parseObject(null)).to.deep.equal(expected)
    expect(parseObject('text')).to.deep.equal(expected)
  })

  it('tells all problems at once, each with its path', () => {
    const read = parseObject(drill({ side: 'Fax', mood: 'good', limits: { detectMilliseconds: 1 } }))
    expect(read).to.deep.equal({
      problems: [
        { path: 'spec.side', message: 'Unsupported value: supported values: "SIP", "HTTP"' },
        { path: 'spec.limits.detectMilliseconds', message: 'should be greater than or equal to 100' },
        { path: 'spec.mood', message: 'unknown field: correct its name or remove it' },
      ],
    })
  })

  it('takes what Kubernetes itself writes into metadata', () => {
    const metadata = { name: 'run', managedFields: [{ manager: 'x' }], ownerReferences: [], creationTimestamp: null }
    expect(parseObject({ ...drill({}), metadata })).to.have.property('value')
  })

  it('writes paths as the API server does', () => {
    expect(fieldPath(['spec', 'numbers', 0])).to.equal('spec.numbers[0]')
    expect(fieldPath([])).to.equal('')
  })

  it('accepts every callbot that follows the rules, and reads its own result again unchanged', () => {
    fc.assert(
      fc.property(randomCallbot, (bot) => {
        const once = valueOf(bot)
        expect(valueOf(once)).to.deep.equal(once)
      }),
    )
  })
})

describe('an update', () => {
  it('may abort a drill, and nothing else', () => {
    const old = valueOf(drill({}))
    expect(checkUpdate(old, valueOf(drill({ desiredState: 'Abort' })))).to.deep.equal([])
    expect(checkUpdate(old, valueOf(drill({ side: 'HTTP', scenario: 'Disconnect' })))).to.deep.equal([
      {
        path: 'spec.side',
        message: 'side can not be changed, for a drill is evidence: make a new FailoverDrill instead',
      },
      {
        path: 'spec.scenario',
        message: 'scenario can not be changed, for a drill is evidence: make a new FailoverDrill instead',
      },
    ])
  })

  it('can not bring an aborted drill back', () => {
    const problems = checkUpdate(valueOf(drill({ desiredState: 'Abort' })), valueOf(drill({})))
    expect(problems.map(({ path }) => path)).to.deep.equal(['spec.desiredState'])
  })

  it('of any other kind is free', () => {
    fc.assert(
      fc.property(randomCallbot, randomCallbot, (one, other) => checkUpdate(valueOf(one), valueOf(other)).length === 0),
    )
  })
})
