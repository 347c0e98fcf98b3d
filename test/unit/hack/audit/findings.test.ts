import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { judge, readWaivers, TOOLS, type Finding } from '../../../../hack/audit/findings.ts'

const finding = (object: string): Finding => ({ tool: 'checkov', check: 'CKV_1', object, text: 'it is so' })
const waiver = (...objects: string[]) => ({ tool: 'checkov' as const, check: 'CKV_1', objects, reason: 'because' })

describe('the audit', () => {
  it('leaves open what nothing excuses', () => {
    const { open } = judge([finding('a'), finding('b')], [waiver('a')], TOOLS)
    expect(open.map(({ object }) => object)).to.deep.equal(['b'])
  })

  it('reports the reason beside what is waived', () => {
    expect(judge([finding('a')], [waiver('a')], TOOLS).waived[0]).to.deep.include({ object: 'a', reason: 'because' })
  })

  it('waives nothing of another tool or another check', () => {
    const others: Finding[] = [
      { ...finding('a'), tool: 'hadolint' },
      { ...finding('a'), check: 'CKV_2' },
    ]
    expect(judge(others, [waiver('*')], TOOLS).open).to.deep.equal(others)
  })

  it('takes an asterisk for any text, and nothing else for more than itself', () => {
    const objects = ['Deployment/a one', 'Deployment/b one', 'Deployment/a two', 'Deployment/aXone']
    const open = (pattern: string) =>
      judge(objects.map(finding), [waiver(pattern)], TOOLS).open.map(({ object }) => object)
    expect(open('Deployment/* one')).to.deep.equal(['Deployment/a two', 'Deployment/aXone'])
    expect(open('Deployment/a*o*')).to.deep.equal(['Deployment/b one'])
    expect(open('Deployment/a.one')).to.deep.equal(objects)
  })

  it('reports each object of a waiver in which nothing is found any more', () => {
    expect(judge([finding('a')], [waiver('a', 'gone')], TOOLS).unused).to.deep.equal(['checkov CKV_1 gone'])
  })

  it('judges no waiver of a tool that did not run', () => {
    expect(judge([], [waiver('a')], ['pins']).unused).to.deep.equal([])
  })

  it('takes no waiver without a reason, and none for a tool that it does not have', () => {
    expect(() => readWaivers('[{tool: checkov, check: A, objects: [a]}]')).to.throw(/reason/)
    expect(() => readWaivers('[{tool: checkov, check: A, objects: [a], reason: short}]')).to.throw(
      /why this is no fault/,
    )
    expect(() => readWaivers(`[{tool: other, check: A, objects: [a], reason: ${'long '.repeat(9)}}]`)).to.throw(/tool/)
  })

  it('can read the waivers that there are', () => {
    expect(readWaivers(readFileSync('hack/audit/waivers.yaml', 'utf8')).length).to.be.greaterThan(0)
  })
})
