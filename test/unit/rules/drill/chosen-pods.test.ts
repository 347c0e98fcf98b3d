import { expect } from 'chai'
import fc from 'fast-check'
import { choosePods, MOST_PODS } from '../../../../src/rules/drill/chosen-pods.ts'

const pod = fc.record({
  uid: fc.uuid(),
  bot: fc.constantFrom('desk', 'night', 'sales'),
  zone: fc.constantFrom('a', 'b', 'c'),
})
const pods = fc.uniqueArray(pod, { selector: ({ uid }) => uid, maxLength: 40 })
const groupOf = ({ bot, zone }: { bot: string; zone: string }) => `${bot} ${zone}`

describe('the pods that take part in a drill of a web service', () => {
  it('are one or two of each bot in each zone', () => {
    fc.assert(
      fc.property(pods, (all) => {
        const chosen = choosePods(all, new Set())
        const count = (some: typeof all, group: string) => some.filter((each) => groupOf(each) === group).length
        for (const group of new Set(all.map(groupOf)))
          expect(count(chosen, group)).to.equal(Math.min(2, count(all, group)))
      }),
    )
  })

  it('stay the same while they live, whoever comes or goes', () => {
    fc.assert(
      fc.property(pods, pods, (all, more) => {
        const before = choosePods(all, new Set())
        const known = new Set(before.map(({ uid }) => uid))
        const after = choosePods([...more.filter(({ uid }) => !all.some((each) => each.uid === uid)), ...all], known)
        expect(after).to.include.members(before)
      }),
    )
  })

  it('are a bounded number, with one of each group before a second of any', () => {
    const all = Array.from({ length: 200 }, (_, at) => ({ uid: `${at}`, bot: `bot-${at % 70}`, zone: 'a' }))
    const chosen = choosePods(all, new Set())
    expect(chosen).to.have.lengthOf(MOST_PODS)
    expect(new Set(chosen.map(groupOf)).size).to.equal(MOST_PODS)
  })
})
