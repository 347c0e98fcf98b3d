import { usesOf } from './collected-values.ts'
import { type Check, type FlowContext, each, error, type Findings, stepPath, warning } from './findings.ts'
import { type FlowStep, fieldsIn, secretFieldsOf } from './flow.ts'

/**
 * An answer with sensitivity Secret is spoken and handed over nowhere, and nothing else is collected under its name. Inputs of operations may
 * have it; of those that others may read there is a warning.
 */
export const checkSecrets: Check = (flow, facts) => {
  const secrets = secretFieldsOf(flow)
  const askedIn = new Map(
    flow.steps.flatMap(({ name, ask }) => (ask === undefined ? [] : [[ask.field, name] as const])),
  )
  if (secrets.size === 0) return each(flow.steps, (step, index) => [advisePlaces(step, secrets, facts, index)])
  return each(flow.steps, (step, index) => {
    const path = stepPath(facts, index)
    const what = (field: string) => `${field} is Secret (step ${askedIn.get(field)} asks for it)`
    const given = usesOf(step).filter(({ field, need }) => secrets.has(field) && need !== 'Compared')
    return [
      ...given.flatMap(({ field, path: at, need }) => {
        if (need === 'Spoken')
          return [error(`${path}.${at}`, `${what(field)} and is never spoken: remove {${field}} from the text`)]
        if (need === 'HandedOver')
          return [
            error(
              `${path}.${at}`,
              `${what(field)} and is never handed over: remove it; only an input of an operation may have it`,
            ),
          ]
        return []
      }),
      ...otherSources(step, secrets, facts).map(({ field, at }) =>
        error(
          `${path}.${at}`,
          `${what(field)}, and here it is not: set sensitivity to Secret here too, or choose another name`,
        ),
      ),
      advisePlaces(step, secrets, facts, index),
    ]
  })
}

/** Where something that isn't secret is collected under the name of a secret. */
function otherSources(
  { ask, llm, request }: FlowStep,
  secrets: ReadonlySet<string>,
  facts: FlowContext,
): { field: string; at: string }[] {
  const outputs = operationOf(request, facts)?.operation?.output ?? []
  return [
    ...(ask !== undefined && ask.sensitivity !== 'Secret' ? [{ field: ask.field, at: 'ask.sensitivity' }] : []),
    ...(llm?.collects ?? []).map(({ field }, index) => ({ field, at: `llm.collects[${index}].field` })),
    ...outputs.map(({ name }) => ({ field: name, at: 'request.operation' })),
  ].filter(({ field }) => secrets.has(field))
}

type RequestStep = NonNullable<FlowStep['request']>

function operationOf(request: RequestStep | undefined, { integrations }: FlowContext) {
  const http = request && integrations.get(request.integration)?.http
  return http && { http, operation: http.operations.find(({ name }) => name === request?.operation) }
}

/** What stands in a path or a query is in the access logs of the web service, and of every proxy before it. */
function advisePlaces(
  { request }: FlowStep,
  secrets: ReadonlySet<string>,
  facts: FlowContext,
  index: number,
): Findings {
  const found = operationOf(request, facts)
  return each(request?.input ?? [], ({ name, value }, at) => {
    const fields = fieldsIn(value)
    const place = found?.operation?.input.find((input) => input.name === name)?.in
    const path = `${stepPath(facts, index)}.request.input[${at}]`
    const secret = fields.find((field) => secrets.has(field))
    const what = secret === undefined ? `${name} has what a caller said` : `${secret} is Secret`
    const isLogged = fields.length > 0 && (place === 'Path' || place === 'Query')
    const isPlain = secret !== undefined && found?.http.endpoints.some(({ transport }) => transport === 'Plain')
    return [
      ...(isLogged
        ? [
            warning(
              path,
              `${what}, and the ${place === 'Path' ? 'path' : 'query'} of a request stands in the access logs of the web service: ` +
                `set in to Body for input ${name} of operation ${request!.operation}, if the web service can take it there`,
            ),
          ]
        : []),
      ...(isPlain
        ? [
            warning(
              path,
              `${what}, and Integration ${request!.integration} has an endpoint with transport Plain, which the network can read: use TLS`,
            ),
          ]
        : []),
    ]
  })
}
