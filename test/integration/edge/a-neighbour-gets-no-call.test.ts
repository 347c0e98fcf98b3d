// @seconds 19
import { expect } from 'chai'
import type { Route } from '../../../src/rules/route.ts'
import { eventually } from '../../harness/eventually.ts'
import type { ScriptedPod } from '../../harness/scripted-pod.ts'
import { aRoute, aSlice, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 36
/** Sorts before the victim, and falls on the same number as `lilas/accueil` in a hash of 29 bits (FNV-1a): found in minutes. */
const NEIGHBOUR = { namespace: 'aaa', name: 'aglki6p' }
const NEIGHBOUR_NAME = `${NEIGHBOUR.name}.${NEIGHBOUR.namespace}.svc`
const CALLS = 40

const neighbour = (epoch: number, numbers = ['+33177777777']): Route => ({
  callbot: { ...NEIGHBOUR, uid: 'n' },
  ...{ epoch, numbers, integrations: [] },
  service: { name: NEIGHBOUR.name, port: 5061, transport: 'TLS' },
})
const sliceOf = (address: string) => ({
  ...aSlice({ [address]: 'zone-a' }),
  ...{ namespace: NEIGHBOUR.namespace, name: `${NEIGHBOUR.name}-1`, uid: 'n' },
  serviceKey: `${NEIGHBOUR.namespace}/${NEIGHBOUR.name}`,
})

describe('a tenant who wants the calls of a neighbour', function () {
  this.timeout(120_000)
  let stage: Stage
  let victim: ScriptedPod
  let thief: ScriptedPod
  let epoch = 10
  const theirs = loopback(NET, 31)
  const invitesOf = (pod: ScriptedPod) => pod.events.filter(({ method }) => method === 'INVITE').length
  const publish = (routes: Route[], ofVictim: string[], ofNeighbour?: string) => {
    const own = aSlice(Object.fromEntries(ofVictim.map((address) => [address, 'zone-a'])))
    const slices = [own, ...(ofNeighbour === undefined ? [] : [sliceOf(ofNeighbour)])]
    return stage.rig.publish({ ...stage.seen(), routes, slices })
  }
  const both = () => [neighbour(++epoch), aRoute(epoch)]
  const neighbourAt = (address: string) =>
    stage.podWith(address, stage.rig.identityFolder(`neighbour-${address}`, [NEIGHBOUR_NAME]))
  const untilNamed = (address: string, name: string) =>
    eventually(async () => {
      const named = await stage.rig.rpc.call('htable.get', 'named', `${address}:5061`)
      expect(JSON.stringify(named)).to.include(name)
    }, 20)
  const call = async (number = NUMBER) => {
    const attempt = stage.caller.invite(number)
    const { status } = await attempt.final(10)
    if (status === 200) for (const method of ['ACK', 'BYE']) attempt.within(method)
    return status
  }

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    victim = await stage.pod(stage.near[0])
    thief = await neighbourAt(theirs)
  })
  after(() => stage?.stop())

  it('by a name that falls on the same number in a hash gets none, though the table of routes is not loaded again', async () => {
    await publish([aRoute(++epoch)], [stage.near[0]])
    await untilNamed(stage.near[0], BOT)
    const { reload } = stage.rig.proxy
    stage.rig.proxy.reload = (part, digest) => (part === 'route' ? Promise.resolve('Other') : reload(part, digest))
    try {
      await publish(both(), [stage.near[0]], theirs)
      await untilNamed(theirs, NEIGHBOUR_NAME)
      for (let nth = 0; nth < CALLS; nth++) expect(await call()).to.equal(200)
    } finally {
      stage.rig.proxy.reload = reload
    }
    expect([invitesOf(victim), invitesOf(thief)]).to.deep.equal([CALLS, 0])
  })

  it('by a pod at an address that the neighbour had gets none: only who the connection proved is called', async () => {
    const before = invitesOf(victim)
    await publish(both(), [stage.near[0], theirs], theirs)
    await untilNamed(theirs, NEIGHBOUR_NAME)
    await untilNamed(stage.near[0], BOT)
    for (let nth = 0; nth < CALLS; nth++) expect(await call()).to.equal(200)
    expect([invitesOf(victim) - before, invitesOf(thief)]).to.deep.equal([CALLS, 0])
    expect(await call('+33177777777'), 'their own number').to.equal(200)
    expect(invitesOf(thief)).to.equal(1)
  })

  it('by a bot that comes and goes gets none while the tables change under the calls', async () => {
    let isCalling = true
    const before = [invitesOf(victim), invitesOf(thief)] as const
    const changes = (async () => {
      for (let nth = 0; isCalling; nth++) {
        if (nth % 2 === 0) await publish([aRoute(++epoch)], [stage.near[0]])
        else await publish(both(), [stage.near[0]], theirs)
      }
    })()
    try {
      for (let nth = 0; nth < 5 * CALLS; nth++) expect(await call()).to.equal(200)
    } finally {
      isCalling = false
      await changes
    }
    expect([invitesOf(victim) - before[0], invitesOf(thief) - before[1]]).to.deep.equal([5 * CALLS, 0])
  })

  it('keeps no call that waited while its number moved: the new bot gets it', async () => {
    const before = [invitesOf(victim), invitesOf(thief)] as const
    // The number is the thief's, who has no pod; then it moves to its new holder.
    await publish([neighbour(++epoch, [NUMBER]), aRoute(epoch, ['+33100000009'])], [stage.near[0]])
    await untilNamed(stage.near[0], BOT)
    const waiting = Array.from({ length: 20 }, () => stage.caller.invite(NUMBER))
    for (const attempt of waiting) await attempt.status(182, 10)
    await publish([neighbour(++epoch), aRoute(++epoch)], [stage.near[0]], theirs)
    for (const attempt of waiting) expect((await attempt.final(20)).status).to.equal(200)
    expect([invitesOf(victim) - before[0], invitesOf(thief) - before[1]]).to.deep.equal([20, 0])
    for (const attempt of waiting) for (const method of ['ACK', 'BYE']) attempt.within(method)
  })

  it('by the address of a pod in a call hears nothing of that call: a request within it gets 480', async () => {
    await publish(both(), [stage.near[0]], theirs)
    await untilNamed(stage.near[0], BOT)
    const calls = Array.from({ length: 20 }, () => stage.caller.invite(NUMBER))
    for (const attempt of calls) {
      expect((await attempt.final()).status).to.equal(200)
      attempt.within('ACK')
    }
    await stage.noPod(stage.near[0])
    const heir = await neighbourAt(stage.near[0])
    await publish(both(), [stage.near[0]], stage.near[0])
    await untilNamed(stage.near[0], NEIGHBOUR_NAME)
    for (const attempt of calls) attempt.within('INVITE', { cseq: 7 })
    await eventually(() => {
      for (const { answers } of calls) expect(answers.map(({ status }) => status)).to.deep.equal([480])
    }, 10)
    expect(heir.events.filter(({ method }) => method !== undefined)).to.deep.equal([])
  })
})
