import type { Finding } from './batch.ts'

/** What was wrong, by whom, with the octets, and how it is played again. */
export function describeFinding({ faults, by }: Finding): string {
  const who = by.map(({ seed, what, octets }) => `  SEED=${seed} MUTATIONS=1, ${what}: ${JSON.stringify(octets)}`)
  return [faults.join('; '), ...(by.length === 1 ? who : ['  one of these, or several:', ...who])].join('\n')
}
