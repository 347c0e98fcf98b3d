import {
  type Check,
  didYouMean,
  type FlowContext,
  each,
  error,
  type Findings,
  oneOf,
  stepPath,
  warning,
} from './findings.ts'
import { allowedRegions, isInside } from '../placement.ts'
import type { FlowStep } from './flow.ts'

/** An operation without declared outcomes ends so (the Integration's `outcomes`). */
const BUILT_IN = ['Done', 'Failed']

/** Whatever the steps name outside of the dialog is there and fits: integrations, operations, outcomes, trunks. */
export const checkReferences: Check = (flow, facts) =>
  each(flow.steps, (step, index) => [
    ...checkIntegration(step, facts, stepPath(facts, index)),
    ...checkRequest(step, facts, stepPath(facts, index)),
    ...checkRegions(step, facts, stepPath(facts, index)),
    ...checkTransfer(step, facts, stepPath(facts, index)),
    ...checkModel(step, facts, stepPath(facts, index)),
  ])

function checkIntegration({ request, transfer }: FlowStep, { bot }: FlowContext, path: string): Findings[] {
  const name = request?.integration ?? transfer?.integration
  const listed = bot.integrationRefs.map((ref) => ref.name)
  if (name === undefined || listed.includes(name)) return []
  return [
    error(
      `${path}.${request === undefined ? 'transfer' : 'request'}.integration`,
      `${name} is not in spec.integrationRefs (${listed.join(', ')}).${didYouMean(name, listed)} Add it there, or name one that is`,
    ),
  ]
}

function checkRequest({ request }: FlowStep, { integrations }: FlowContext, path: string): Findings[] {
  const integration = request && integrations.get(request.integration)
  if (request === undefined || integration === undefined) return []
  const operations = integration.http?.operations ?? []
  const operation = operations.find(({ name }) => name === request.operation)
  if (operation === undefined) {
    const names = operations.map(({ name }) => name)
    return [
      error(
        `${path}.request.operation`,
        `Integration ${request.integration} has no operation ${request.operation}.${didYouMean(request.operation, names)} ` +
          `Name one of its http.operations (${oneOf(names)}), or add it there`,
      ),
    ]
  }
  const outcomes = [...operation.outcomes.map(({ name }) => name), ...BUILT_IN]
  const known = operation.input.map(({ name }) => name)
  const given = request.input.map(({ name }) => name)
  const what = `operation ${request.operation} of Integration ${request.integration}`
  return [
    ...request.outcomes.flatMap(({ outcome }, index) =>
      outcomes.includes(outcome)
        ? []
        : [
            error(
              `${path}.request.outcomes[${index}].outcome`,
              `${what} never ends as ${outcome}.${didYouMean(outcome, outcomes)} Name one of ${oneOf(outcomes)}, or declare it there`,
            ),
          ],
    ),
    ...request.input.flatMap(({ name }, index) =>
      known.includes(name)
        ? []
        : [
            error(
              `${path}.request.input[${index}].name`,
              `${what} takes no ${name}.${didYouMean(name, known)} Name one of ${oneOf(known)}, or declare it there`,
            ),
          ],
    ),
    ...operation.input
      .filter(({ name, required }) => required === 'Required' && !given.includes(name))
      .map(({ name }) =>
        error(`${path}.request.input`, `${what} needs ${name}: give it, or make it Optional in the Integration`),
      ),
  ]
}

/** Where it would be sent lies inside the regions of bot and installation, for each endpoint: a backup is asked as well. */
function checkRegions({ request }: FlowStep, { bot, integrations, regions }: FlowContext, path: string): Findings[] {
  const allowed = allowedRegions(bot.placement?.regions ?? [], regions ?? [])
  const endpoints = (request && integrations.get(request.integration)?.http?.endpoints) ?? []
  return endpoints
    .filter(({ region }) => !isInside(allowed, region))
    .map(({ name, region }) =>
      error(
        `${path}.request.integration`,
        `endpoint ${name} of Integration ${request!.integration} ${region === undefined ? 'declares no region' : `is declared in ${region}`}, ` +
          `and this bot may use ${oneOf(allowed!)} only (spec.placement.regions, and placement.regions of the chart): set http.endpoints[].region there, choose an endpoint inside, or permit its region`,
      ),
    )
}

function checkTransfer({ transfer }: FlowStep, { bot, integrations }: FlowContext, path: string): Findings[] {
  if (transfer === undefined) return []
  const own = bot.numbers?.includes(transfer.to)
    ? [
        error(
          `${path}.transfer.to`,
          `${transfer.to} is one of spec.numbers, so callers would come back to the bot: give the number of people`,
        ),
      ]
    : []
  const integration = integrations.get(transfer.integration)
  if (integration === undefined) return own
  const { sip } = integration
  if (sip === undefined) {
    return [
      ...own,
      error(
        `${path}.transfer.integration`,
        `Integration ${transfer.integration} has no trunks: add sip.trunks to it, or name another`,
      ),
    ]
  }
  const method = sip.transferMethods.includes(transfer.method)
    ? []
    : [
        error(
          `${path}.transfer.method`,
          `the trunks of Integration ${transfer.integration} can not do ${transfer.method}: set method to ` +
            `${oneOf(sip.transferMethods)}, or list it in sip.transferMethods`,
        ),
      ]
  const passed = sip.handOver.map(({ field }) => field)
  const lost = transfer.handOver
    .filter((field) => !passed.includes(field))
    .map((field) =>
      warning(
        `${path}.transfer.handOver`,
        `${field} is not passed on, for Integration ${transfer.integration} has no header for it: add it to sip.handOver there`,
      ),
    )
  return [...own, ...method, ...lost]
}

const checkModel = ({ llm }: FlowStep, { bot }: FlowContext, path: string): Findings[] =>
  llm === undefined || bot.llm !== undefined
    ? []
    : [error(`${path}.llm`, 'the bot has no language model: add spec.llm with a provider, or use another verb')]
