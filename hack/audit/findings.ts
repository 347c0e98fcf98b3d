/** What the tools of the audit find, and what of it is waived. Pure. */
import { parse } from 'yaml'
import { z } from 'zod'

export const TOOLS = ['checkov', 'kube-score', 'hadolint', 'gitleaks', 'pins', 'workflows'] as const
export type Tool = (typeof TOOLS)[number]

export interface Finding {
  tool: Tool
  /** Id of the check, as the tool names it. */
  check: string
  /** What it was found in: an object of Kubernetes with its container, a file, or a place in the history. */
  object: string
  text: string
}

const waiver = z.strictObject({
  tool: z.enum(TOOLS),
  check: z.string().min(1),
  /** `*` stands for any text. */
  objects: z.array(z.string().min(1)).min(1),
  reason: z.string().min(20, 'say in a sentence why this is no fault'),
})
export type Waiver = z.infer<typeof waiver>

/** @throws when the file is not a list of waivers, each with its reason */
export const readWaivers = (text: string): Waiver[] => z.array(waiver).parse(parse(text))

export interface Verdict {
  open: Finding[]
  waived: (Finding & { reason: string })[]
  /** Objects of waivers that nothing was found in: what they excused is gone, so they have to go too. */
  unused: string[]
}

/**
 * @param ran tools that ran: waivers of others can't be judged
 */
export function judge(findings: readonly Finding[], waivers: readonly Waiver[], ran: readonly Tool[]): Verdict {
  const verdict: Verdict = { open: [], waived: [], unused: [] }
  const used = new Set<string>()
  const key = ({ tool, check }: Waiver, object: string) => `${tool} ${check} ${object}`
  for (const finding of findings) {
    const of = waivers.filter(({ tool, check }) => tool === finding.tool && check === finding.check)
    const fitting = of.flatMap((each) =>
      each.objects.filter((object) => fits(object, finding.object)).map((object) => ({ each, object })),
    )
    for (const { each, object } of fitting) used.add(key(each, object))
    if (fitting[0]) verdict.waived.push({ ...finding, reason: fitting[0].each.reason })
    else verdict.open.push(finding)
  }
  const judged = waivers.filter(({ tool }) => ran.includes(tool))
  verdict.unused = judged
    .flatMap((each) => each.objects.map((object) => key(each, object)))
    .filter((each) => !used.has(each))
  return verdict
}

/** Whether an object is meant by a waiver. */
function fits(pattern: string, object: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return pattern === object
  if (!object.startsWith(first)) return false
  let at = first.length
  for (const part of rest.slice(0, -1)) {
    const found = object.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  const last = rest.at(-1)!
  return object.length - last.length >= at && object.endsWith(last)
}
