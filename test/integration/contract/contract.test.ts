// @seconds 14
import { expect } from 'chai'
import { join } from 'node:path'
import { run, tryRun } from '../../../hack/cluster/shell.ts'
import { binary, kubernetes } from '../../../hack/cluster/binaries.ts'
import { checkUpdate, parseObject, type Problem } from '../../../src/api/parse.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { useApiServer } from '../../harness/api-server.ts'
import {
  anyIndex,
  invalidCases,
  notServedObjects,
  places,
  replaced,
  rulesAt,
  validObjects,
  waysTo,
} from '../../harness/contract-cases.ts'
import { installKinds, refusalsOf, refusalsOfUpdate, type Refusal } from './server.ts'

const problemsOf = (object: Raw): Problem[] => {
  const read = parseObject(object)
  return 'problems' in read ? read.problems : []
}

const shown = (said: (Refusal | Problem)[]) =>
  said.map((each) => `${'field' in each ? each.field : each.path}: ${each.message}`).join('\n')

describe('the contract, before a real API server and before zod', () => {
  const server = useApiServer()
  const covered = new Set<string>()
  const valid = validObjects()

  before(async function () {
    this.timeout(120_000)
    await installKinds(server())
  })

  /** Both must name the field; both must use the words when they are a rule's. */
  const bothRefuse = (kind: string, field: string, refused: string, api: Refusal[], zod: Problem[]) => {
    for (const { field: at, message } of api)
      covered.add(`${kind} ${anyIndex(at)} ${message.replace(/^Invalid value: ((".*?"|\d+): )?/s, '')}`)
    expect(
      api.find((each) => each.field === field && each.message.includes(refused)),
      `API server said\n${shown(api)}`,
    ).to.exist
    expect(
      zod.find((each) => each.path === field && each.message.includes(refused)),
      `zod said\n${shown(zod)}`,
    ).to.exist
  }

  describe('accept', () => {
    for (const { file, object } of valid) {
      if (object.apiVersion !== 'callbots.dev/v1alpha1') continue // a namespace, or who may read what
      it(file, async () => {
        expect(shown(problemsOf(object))).to.equal('')
        expect(shown(await refusalsOf(server(), object))).to.equal('')
      })
    }
  })

  describe('refuse alike, and name the field and the cure', () => {
    for (const { file, refused, field, objects } of invalidCases()) {
      it(file.replace('.invalid.yaml', ''), async () => {
        const [first, second] = objects as [Raw, Raw | undefined]
        const api = second ? await refusalsOfUpdate(server(), first, second) : await refusalsOf(server(), first)
        const zod = second ? updateProblems(first, second) : problemsOf(first)
        bothRefuse(first.kind!, field, refused, api, zod)
      })
    }
  })

  describe('refuse a field that nothing acts on, and nothing else in its object', () => {
    for (const { file, object } of notServedObjects()) {
      it(file, async () => {
        const [api, zod] = [await refusalsOf(server(), object), problemsOf(object)]
        expect(zod).to.not.have.length(0)
        for (const { path, message } of zod) {
          expect(message, path).to.match(/ is not served by this version.*: remove it$/)
          bothRefuse(object.kind!, path, message, api, zod)
        }
        expect(api, shown(api)).to.have.length(zod.length)
      })
    }
  })

  describe('refuse nonsense in every text that has a rule', () => {
    const texts = places().filter(
      (place) => place.node.type !== 'object' && place.node.type !== 'array' && place.node.type !== 'integer',
    )
    // The API server checks no rule of a text that is none of an enum's words.
    const ruled = texts.filter((each) => each.path.startsWith('spec.') && !each.node.enum && rulesAt(each).length > 0)
    for (const place of ruled) {
      it(`${place.kind}.${place.path}`, async () => {
        const found = [...valid, ...notServedObjects()]
          .filter(({ object }) => object.kind === place.kind)
          .flatMap(({ object }) => waysTo(object, place.path).map((way) => ({ object, way })))[0]
        expect(found, 'no object in valid/ or not-served/ has this field: add it to one').to.exist
        const { object, way } = found!
        const nonsense = replaced(object, way, '"'.repeat(Number(place.node['minLength'] ?? 1)))
        const field = way.reduce<string>(
          (all, key) => (typeof key === 'number' ? `${all}[${key}]` : all === '' ? key : `${all}.${key}`),
          '',
        )
        const [api, zod] = [await refusalsOf(server(), nonsense), problemsOf(nonsense)]
        // Of several rules it breaks one or more; that each is broken by some case is asserted below.
        const broken = rulesAt(place).filter((rule) => api.some(({ message }) => message.includes(rule.message)))
        expect(broken, `API server said\n${shown(api)}`).to.not.be.empty
        for (const { message } of broken) bothRefuse(place.kind, field, message, api, zod)
      })
    }
  })

  // In a block of its own, since mocha runs the blocks in order and after the cases beside them.
  describe('leave nothing out', () => {
    it('every rule of the CRDs is broken by one of these cases, at every place where it stands', () => {
      const rules = places()
        .flatMap(rulesAt)
        .map(({ kind, field, message }) => `${kind} ${field} ${message}`)
      expect(rules.length).to.be.greaterThan(150)
      expect(rules.filter((rule) => !covered.has(rule))).to.deep.equal([])
    })
  })

  const kubectl = (...args: string[]) =>
    run(binary(kubernetes, 'kubectl'), ['--kubeconfig', server().kubeconfig, ...args])

  it('kubectl explain is a manual', async () => {
    const explain = async (what: string) => {
      const text = await kubectl('explain', what)
      return text.replaceAll(/\s+/g, ' ')
    }
    expect(await explain('callbot.spec.fallback')).to.include('The emergency number: who takes the call')
    expect(await explain('bot.spec.drain.deadlineSeconds')).to.include('At 0 they are transferred immediately')
    expect(await explain('integ.spec.sip.trunks.srtp')).to.include('no call without SRTP')
    expect(await explain('retain.spec.rules.days')).to.include('At 0 it is never written anywhere')
    expect(await explain('drill.status.verdict')).to.include('Inconclusive')
  })

  describe('kubectl', () => {
    const file = (name: string) => join(import.meta.dirname, 'valid', `${name}.yaml`)
    before(async () => {
      for (const name of [
        'callbot-everything',
        'integration-everything',
        'retention-policy-everything',
        'failover-drill-everything',
      ]) {
        await kubectl('create', '-f', file(name))
      }
    })

    it('lists callbots alone by their plural, and all four kinds by the category', async () => {
      expect(await kubectl('get', 'callbots', '-o', 'name')).to.equal('callbot.callbots.dev/everything\n')
      const all = await kubectl('get', 'callbots-dev', '-o', 'name')
      expect(all.trim().split('\n')).to.have.lengthOf(4)
    })

    it('shows in the columns what the status says', async () => {
      const condition = {
        type: 'Ready',
        status: 'False',
        reason: 'ZoneUnreachable',
        message: 'no pod in zone-b answers',
      }
      const status = {
        ready: '2/3',
        zonesReady: '2/3',
        calls: 7,
        places: 60,
        fallback: 'Ready',
        routes: '2/2',
        lastDrillText: 'Passed',
        conditions: [{ ...condition, lastTransitionTime: '2026-11-24T15:00:00Z' }],
      }
      await kubectl(
        'patch',
        'bot',
        'everything',
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      )
      const [head, row] = (await kubectl('get', 'bot', '-o', 'wide')).split('\n')
      expect(head!.split(/\s+/).filter(Boolean)).to.deep.equal(
        'NAME READY ZONES CALLS PLACES FALLBACK ROUTES PLACEMENT LAST-DRILL AGE REASON MESSAGE'.split(' '),
      )
      expect(row).to.match(
        /^everything +2\/3 +2\/3 +7 +60 +Ready +2\/2 +Passed +\S+ +ZoneUnreachable +no pod in zone-b answers$/,
      )
      expect((await kubectl('get', 'bot')).split('\n')[0]).to.not.include('REASON')
    })

    it('scales a bot within its limits, and is refused with the limits beyond them', async () => {
      await kubectl('scale', 'bot/everything', '--replicas=6')
      expect(await kubectl('get', 'bot', 'everything', '-o', 'jsonpath={.spec.capacity.replicas}')).to.equal('6')
      const refused = await tryRun(binary(kubernetes, 'kubectl'), [
        '--kubeconfig',
        server().kubeconfig,
        'scale',
        'bot/everything',
        '--replicas=0',
      ])
      expect(refused.stderr).to.include('spec.capacity.replicas')
      expect(refused.code).to.not.equal(0)
    })
  })
})

const updateProblems = (old: Raw, now: Raw): Problem[] => {
  const [before, after] = [parseObject(old), parseObject(now)]
  if (!('value' in before) || !('value' in after)) throw new Error(`${shown([...problemsOf(old), ...problemsOf(now)])}`)
  return checkUpdate(before.value, after.value)
}
