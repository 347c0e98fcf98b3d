import { expect } from 'chai'
import { createIdleCheck } from '../../../../src/operator/observe/idle-check.ts'
import type { CachedPod } from '../../../../src/operator/observe/projections.ts'
import type { PodState } from '../../../../src/rules/call-statistics.ts'
import { aPod, aPodState } from '../../../harness/builders.ts'

const aCachedPod = (name: string, changes: Partial<CachedPod> = {}): CachedPod => ({
  ...aPod('zone-a', { name }),
  ...{ namespace: 'lilas', resourceVersion: '1', bot: 'accueil', node: 'node-a', ip: '10.1.0.4' },
  ...changes,
})

describe('the last look before pods are taken away', () => {
  const check = async (pods: CachedPod[], told: Record<string, PodState | undefined>) => {
    const heard: string[] = []
    const areIdle = createIdleCheck({
      caches: { pods: { get: (_: string, name: string) => pods.find((pod) => pod.name === name) } } as never,
      store: { record: (bot, uid, state) => void heard.push(`${bot} ${uid} ${state?.calls}`) },
      ask: async ({ name }) => told[name],
    })
    const refs = Object.keys(told).map((name) => ({ name, uid: `uid-of-${name}` }))
    return { idle: await areIdle('lilas', refs), heard }
  }

  it('finds them idle when each of them says so now', async () => {
    const pods = [aCachedPod('one'), aCachedPod('two')]
    expect((await check(pods, { one: aPodState(), two: aPodState() })).idle).to.equal(true)
  })

  it('does not when one has got a call, and reports it, so that another is chosen', async () => {
    const { idle, heard } = await check([aCachedPod('one'), aCachedPod('two')], {
      one: aPodState(),
      two: aPodState({ calls: 1 }),
    })
    expect(idle).to.equal(false)
    expect(heard).to.include('lilas/accueil uid-of-two 1')
  })

  it('does not when one is silent, gone, another by now, or on its way out', async () => {
    expect((await check([aCachedPod('one')], { one: undefined })).idle).to.equal(false)
    expect((await check([], { one: aPodState() })).idle).to.equal(false)
    expect((await check([aCachedPod('one', { uid: 'another' })], { one: aPodState() })).idle).to.equal(false)
    expect((await check([aCachedPod('one', { terminating: true })], { one: aPodState() })).idle).to.equal(false)
  })

  it('asks no pod that does not run yet: it has no call', async () => {
    expect((await check([aCachedPod('one', { running: false, ip: undefined })], { one: undefined })).idle).to.equal(
      true,
    )
  })
})
