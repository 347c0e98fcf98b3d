// @programs voice  @seconds 29
// @guard test/integration/edge/a-pod-leaves-with-its-call.test.ts
import { expect } from 'chai'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { eventually } from '../harness/eventually.ts'
import * as zones from '../harness/three-zones.ts'

const COUNT = 6
/** It may have to begin before it can end, and edges are to hear that it leaves. */
const GONE_SECONDS = 30

interface StartingPod extends zones.Pod {
  status: zones.Pod['status'] & { containerStatuses?: { restartCount: number; state?: { running?: object } }[] }
}

const isRunning = ({ status }: StartingPod) => status.containerStatuses?.[0]?.state?.running !== undefined

describe('a pod that is deleted in the moment in which it starts', function () {
  this.timeout(240_000)
  let namespace: string
  const told = new Map<string, number>()

  before(async () => {
    await zones.sharedOperatorServes()
    namespace = await zones.freshNamespace('young')
    await zones.applyManifests(zones.aBot(namespace, 'jeune'))
    await eventually(async () => {
      for (const pod of (await zones.podsIn(namespace)) as StartingPod[]) {
        const { name } = pod.metadata
        if (told.size === COUNT || told.has(name) || !isRunning(pod)) continue
        told.set(name, performance.now())
        await zones.kube('delete', 'pod', name, '-n', namespace, '--wait=false')
      }
      expect(told.size).to.equal(COUNT)
    }, 120)
  })
  after(async () => {
    if (namespace) await zones.removeNamespace(namespace)
  })

  it(`is gone within ${GONE_SECONDS} s, and holds no processor that others wait for`, async () => {
    const gone = new Map<string, number>()
    const deadline = Math.max(...told.values()) + 1_000 * GONE_SECONDS
    while (gone.size < COUNT && performance.now() < deadline) {
      const there = (await zones.podsIn(namespace)).map(({ metadata }) => metadata.name)
      for (const [name, at] of told) {
        if (!there.includes(name) && !gone.has(name)) gone.set(name, (performance.now() - at) / 1_000)
      }
      await pause(200)
    }
    const slowest = Math.max(...gone.values())
    printFigures('pods that are deleted as they start', [
      ['told', String(COUNT)],
      ['gone', `${gone.size}, the last after ${slowest.toFixed(1)} s`],
    ])
    writeEvidence('young-pods', { told: COUNT, gone: gone.size, slowestSeconds: slowest })
    expect([...told.keys()].filter((name) => !gone.has(name))).to.deep.equal([])
  })
})
