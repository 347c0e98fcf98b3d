/** What the verb `status` says of a bot: text for people. Pure. */
import type { Callbot } from '../api/callbot.ts'
import type { Integration } from '../api/integration.ts'
import type { Condition } from '../api/object.ts'
import type { RetentionPolicy } from '../api/retention-policy.ts'
import type { Seen } from './cluster.ts'

interface Judged {
  readonly isReady: boolean
  /** In a word or two. */
  readonly state: string
  readonly because: string
}

/** Ready is what the operator says of the newest spec of an object that stays. */
export function judge({ metadata, status }: Pick<Callbot, 'metadata' | 'status'>): Judged {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const { generation = 0, deletionTimestamp } = metadata
  const not = (state: string, because: string) => ({ isReady: false, state, because })
  if (deletionTimestamp !== undefined) return not('being deleted', 'kubectl delete was called')
  if (ready === undefined) return not('not ready', 'no operator has reported its state yet: check that one runs')
  const { observedGeneration = 0 } = ready
  if (observedGeneration < generation)
    return not(
      'not ready',
      `the operator has not processed generation ${generation} of the spec yet, and what follows is of generation ${observedGeneration}`,
    )
  if (ready.status !== 'True') return not(`not ready, ${ready.reason}`, ready.message)
  return { isReady: true, state: 'ready', because: ready.message }
}

/** Lines: whether it is ready and why, its pods and routes, its Integrations with their drills, and what is kept. */
export function statusLines({ bot, integrations, policy }: Seen): string[] {
  const { namespace = 'default', name } = bot.metadata
  return [
    ...head(`${namespace}/${name}`, bot),
    ...botRows(bot),
    ...integrations.flatMap((each) => ['', ...about(`Integration ${each.name}`, each.found, integrationRows)]),
    '',
    ...(policy === undefined
      ? ['no RetentionPolicy: nothing of new calls is kept']
      : about(`RetentionPolicy ${policy.name}`, policy.found, policyRows)),
  ]
}

type Reported = Pick<Callbot, 'metadata'> & { status?: { conditions?: Condition[] | undefined } | undefined }

function about<T extends Reported>(title: string, found: T | undefined, rows: (found: T) => string[]): string[] {
  return found === undefined ? [`${title}: does not exist`] : [...head(title, found), ...rows(found)]
}

function head(title: string, object: Reported): string[] {
  const { state, because } = judge(object)
  return [`${title}: ${state}`, `  ${because}`, ...others(object)]
}

/** All conditions that are not True, but for those that repeat Ready. */
function others({ status }: Reported): string[] {
  const conditions = status?.conditions ?? []
  const text = ({ reason, message }: Condition) => `${reason}: ${message}`
  const ready = conditions.find(({ type }) => type === 'Ready')
  const told = ready && ready.status !== 'True' ? text(ready) : undefined
  const left = conditions.filter((each) => each !== ready && each.status !== 'True' && text(each) !== told)
  const grouped = Map.groupBy(left, text)
  return [...grouped].map(([shown, each]) => `  - ${each.map(({ type }) => type).join(', ')}: ${shown}`)
}

function botRows({ status = {} }: Callbot): string[] {
  const { ready, zonesReady, calls, places, fallback, routes, runningRoute } = status
  const silent = runningRoute?.silent?.map(({ edge, since }) => `${edge} since ${since}`)
  return [
    ...row('pods that take calls', ready),
    ...row('healthy zones', zonesReady),
    ...row('live calls', calls !== undefined && places !== undefined ? `${calls} of ${places} places` : calls),
    ...row('emergency number', fallback),
    ...row('numbers with routes', routes),
    ...row('route table', runningRoute && `${runningRoute.epoch}, on ${runningRoute.edges} edges`),
    ...row('silent edges', silent?.join(', ')),
  ]
}

function integrationRows({ status = {} }: Integration): string[] {
  const { sipRoute, httpRoute, lastDrill, runningDrill, nextDrill } = status
  return [
    ...row('SIP route', sipRoute),
    ...row('HTTP route', httpRoute),
    ...row('newest drill', lastDrill && `${lastDrill.verdict}, ${lastDrill.finishedAt}, ${lastDrill.name}`),
    ...row('running drill', runningDrill && `${runningDrill.state}, ${runningDrill.name}`),
    ...row('next drill', nextDrill),
  ]
}

function policyRows({ spec, status = {} }: RetentionPolicy): string[] {
  const { mode, stored, held, violations, oldest, nextPurge } = status
  const life = ({ days, seconds = 0 }: { days?: number | undefined; seconds?: number | undefined }) =>
    days === undefined ? `${seconds} s` : `${days} days`
  const kept = spec.rules.filter(({ days, seconds }) => (days ?? seconds ?? 0) > 0)
  return [
    ...row('keeps', kept.map((each) => `${each.class} ${life(each)}`).join(', ') || 'nothing'),
    ...row('mode', mode),
    ...row('records', stored),
    ...row('held', held || undefined),
    ...row('violations', violations || undefined),
    ...row('oldest call', oldest),
    ...row('next erasure', nextPurge),
  ]
}

const row = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [`  ${`${name}:`.padEnd(22)}${value}`]
