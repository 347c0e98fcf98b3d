/**
 * `node hack/audit/main.ts`: checkov, kube-score, hadolint, gitleaks and our own look at what is pinned, minus what
 * waivers.yaml excuses, and the bills of materials. `--quick` does what needs no tool. Exits with 1 when something is open.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from '../cluster/settings.ts'
import { renderTable } from '../cluster/table.ts'
import { writeEvidence } from '../evidence.ts'
import { judge, readWaivers, TOOLS, type Finding, type Tool, type Verdict } from './findings.ts'
import { runPins, runTools, runWorkflows } from './run.ts'
import { sbomDir, writeSboms } from './sbom.ts'
import { ensureTools } from './tools.ts'

const waivers = readWaivers(readFileSync(join(import.meta.dirname, 'waivers.yaml'), 'utf8'))

async function whole(): Promise<Verdict> {
  const tools = await ensureTools()
  const findings = [...(await runTools(tools)), ...(await runFiles())]
  const verdict = judge(findings, waivers, TOOLS)
  for (const tool of TOOLS) console.log(`\n${tableOf(tool, verdict)}`)
  mkdirSync(join(repo, 'out'), { recursive: true })
  const bills = writeSboms()
  const report = writeEvidence('audit', { ...verdict })
  console.log(`\n${bills} bills of materials in ${sbomDir}; findings in ${report}`)
  return verdict
}

const count = (number: number) => (number === 1 ? '1 finding' : `${number} findings`)

function tableOf(tool: Tool, { open, waived }: Verdict): string {
  const mine = <T extends Finding>(all: readonly T[]) => all.filter((each) => each.tool === tool)
  const head = `${tool}: ${count(mine(open).length)} open, ${mine(waived).length} waived`
  const rows = [
    ...mine(open).map(({ check, object, text }) => ['open', check, object, text]),
    ...mine(waived).map(({ check, object, text }) => ['waived', check, object, text]),
  ]
  return rows.length === 0 ? head : `${head}\n${renderTable(['', 'CHECK', 'OBJECT', 'WHAT'], rows)}`
}

const runFiles = async () => [...(await runPins()), ...(await runWorkflows())]
const quick = async () => judge(await runFiles(), waivers, ['pins', 'workflows'])

const { open, unused } = await (process.argv.includes('--quick') ? quick() : whole())
for (const { tool, check, object, text } of open) console.error(`${tool} ${check} ${object}: ${text}`)
for (const each of unused) console.error(`${each}: hack/audit/waivers.yaml excuses what is not found: remove it there`)
if (open.length + unused.length > 0) {
  console.error('correct what is found, or excuse it in hack/audit/waivers.yaml with the reason')
  process.exitCode = 1
}
