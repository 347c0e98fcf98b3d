// @seconds 5
import { expect } from 'chai'
import { ensureFinalizer, releaseFinalizer } from '../../../src/kube/finalizer.ts'
import { resources } from '../../../src/kube/resources.ts'
import { useApiServer } from '../../harness/api-server.ts'

const OURS = 'callbots.dev/routes'

describe('finalizers on a real API server', function () {
  this.timeout(20_000)
  const api = useApiServer()
  const kind = resources.configMaps
  let target = { namespace: 'default', name: '', uid: '' }
  let count = 0

  const make = async (name: string) => {
    const made = await api().kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', name },
    })
    return { namespace: 'default', name, uid: made.metadata.uid ?? '' }
  }
  beforeEach(async () => void (target = await make(`held-${++count}`)))
  const finalizers = async () => (await api().kube.get(kind, 'default', target.name)).metadata.finalizers ?? []
  const remove = () => api().kube.remove(kind, 'default', target.name)

  it('hold an object until they are released', async () => {
    await ensureFinalizer(api().kube, kind, target, OURS)
    expect((await remove())?.metadata.deletionTimestamp).to.be.a('string')
    expect(await finalizers()).to.deep.equal([OURS])
    await releaseFinalizer(api().kube, kind, target, OURS)
    expect(await remove()).to.equal(undefined)
    expect(await releaseFinalizer(api().kube, kind, target, OURS)).to.equal(undefined)
  })

  it('survive when ten write at the same time, and nobody loses theirs', async () => {
    const names = Array.from({ length: 10 }, (_, n) => `example.org/f${n}`)
    const untilDone = async (work: () => Promise<unknown>) => {
      for (let left = 20; left > 0; left--) if ((await work().catch(() => undefined)) !== undefined) return
    }
    await Promise.all(names.map((name) => untilDone(() => ensureFinalizer(api().kube, kind, target, name))))
    expect((await finalizers()).toSorted()).to.deep.equal(names)
    const leaving = names.slice(0, 5)
    await Promise.all(leaving.map((name) => untilDone(() => releaseFinalizer(api().kube, kind, target, name))))
    expect((await finalizers()).toSorted()).to.deep.equal(names.slice(5))
  })

  it('are set once only, without a write the second time', async () => {
    const first = await ensureFinalizer(api().kube, kind, target, OURS)
    const second = await ensureFinalizer(api().kube, kind, target, OURS)
    expect(second?.metadata.resourceVersion).to.equal(first?.metadata.resourceVersion)
    expect(await finalizers()).to.deep.equal([OURS])
  })

  it('leave a successor of the same name alone', async () => {
    await remove()
    const successor = await make(target.name)
    expect(await ensureFinalizer(api().kube, kind, target, OURS)).to.equal(undefined)
    expect(await finalizers()).to.deep.equal([])
    await ensureFinalizer(api().kube, kind, successor, OURS)
    expect(await releaseFinalizer(api().kube, kind, target, OURS)).to.equal(undefined)
    expect(await finalizers()).to.deep.equal([OURS])
  })

  it('are not set on what is already going', async () => {
    await ensureFinalizer(api().kube, kind, target, 'example.org/theirs')
    await remove()
    expect(await ensureFinalizer(api().kube, kind, target, OURS)).to.equal(undefined)
    expect(await finalizers()).to.deep.equal(['example.org/theirs'])
  })
})
