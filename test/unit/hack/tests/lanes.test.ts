import { expect } from 'chai'
import type { GroupOptions } from '../../../../hack/tests/group.ts'
import { runLanes } from '../../../../hack/tests/lanes.ts'
import { instancesFor } from '../../../../hack/tests/clusters.ts'
import type { Summary } from '../../../../hack/tests/summary.ts'

const passed = { passed: 1, skipped: 0, seconds: 1, busy: 1, failures: [] }
const GIGABYTE = 1024 ** 3

describe('the lanes of make test', () => {
  /** A group takes as many turns as its first file says: `3a` takes three. */
  const player = () => {
    const played: { files: readonly string[]; cluster: string | undefined }[] = []
    const playing = new Set<string>()
    let most = 0
    const play = async (files: readonly string[], { name = '', env = {} }: GroupOptions = {}): Promise<Summary> => {
      expect(playing.has(name), `two groups at once in ${name}`).to.equal(false)
      playing.add(name)
      most = Math.max(most, playing.size)
      played.push({ files, cluster: env['CLUSTER_INSTANCE'] })
      for (let turn = Number.parseInt(files[0]!, 10); turn > 0; turn--) await new Promise(setImmediate)
      playing.delete(name)
      return Object.fromEntries(files.map((file) => [file, passed]))
    }
    return { played, play, most: () => most }
  }

  it('play each group once, and one at a time in each cluster', async () => {
    const { played, play, most } = player()
    const zones = [['5a', '5b'], ['1c'], ['1d'], ['1e']]
    const beside = [['2f'], ['2g', '2h'], ['1i'], ['1j']]
    const results = await runLanes({
      neighbours: [],
      zones,
      beside,
      clusters: [0, 2],
      play,
    })
    expect(Object.keys(results).sort()).to.deep.equal([...zones, ...beside].flat().sort())
    expect(played.map(({ files }) => files)).to.have.deep.members([...zones, ...beside])
    expect(most()).to.equal(4)
    const inClusters = played.filter(({ files }) => zones.includes(files as string[]))
    const [long, ...short] = inClusters.map(({ cluster }) => cluster)
    expect([long, ...new Set(short)], 'the longest group beside all others').to.have.members(['0', '2'])
  })

  it('play neighbours two at a time in the first cluster, and nothing else there until all of them have ended', async () => {
    const { played, play } = player()
    const ended: string[] = []
    const playToEnd = async (files: readonly string[], options?: GroupOptions) => {
      if (files[0] === '1z') expect(ended).to.include.members(['9a', '2b', '2c'])
      const summary = await play(files, options)
      ended.push(...files)
      return summary
    }
    await runLanes({
      ...{ neighbours: [['9a'], ['2b'], ['2c']], zones: [['1z']], beside: [['1d'], ['1e']], clusters: [0] },
      play: playToEnd,
    })
    expect(ended.slice().sort()).to.deep.equal(['1d', '1e', '1z', '2b', '2c', '9a'])
    const inCluster = played.filter(({ cluster }) => cluster === '0').map(({ files }) => files[0])
    expect(inCluster).to.have.members(['9a', '2b', '2c', '1z'])
    expect(ended.indexOf('9a'), 'the shorter two run beside the longest').to.be.greaterThan(ended.indexOf('2c'))
  })

  it('help the lane that needs no cluster when their own work is done', async () => {
    const { played, play } = player()
    const beside = Array.from({ length: 8 }, (_, index) => [`3-${index}`])
    await runLanes({ neighbours: [], zones: [['1a']], beside, clusters: [0, 2], play })
    expect(new Set(played.slice(1).map(({ cluster }) => cluster))).to.deep.equal(new Set(['0', '2', undefined]))
  })

  it('begin no group when the run is interrupted', async () => {
    const { played, play } = player()
    const stop = new AbortController()
    const playUntil = (files: readonly string[], options?: GroupOptions) => {
      if (played.length === 2) stop.abort()
      return play(files, options)
    }
    await runLanes({
      ...{ neighbours: [], zones: [['1a'], ['1b']], beside: [['1c'], ['1d'], ['1e']], clusters: [0] },
      ...{ signal: stop.signal, play: playUntil },
    })
    expect(played).to.have.lengthOf(3)
  })
})

describe('the clusters of make test', () => {
  it('are two where the machine has the cores and the memory, unless CLUSTERS says otherwise', () => {
    const large = { memory: 16 * GIGABYTE, cores: 4 }
    expect(instancesFor(large, undefined)).to.deep.equal([0, 2])
    expect(instancesFor({ ...large, cores: 2 }, undefined)).to.deep.equal([0])
    expect(instancesFor({ ...large, memory: 12 * GIGABYTE }, undefined)).to.deep.equal([0])
    expect(instancesFor(large, '1')).to.deep.equal([0])
    expect(instancesFor({ ...large, cores: 2 }, '2')).to.deep.equal([0, 2])
  })
})
