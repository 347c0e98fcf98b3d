/** All proofs whose figures are generated. */
import { DEATHS } from './deaths.ts'
import { DATA } from './data.ts'
import { MAKE_DEMO } from './demo.ts'
import { CALLS_UNDER_FAULT } from './faults.ts'
import { MUTANTS } from './mutants.ts'
import { OPERATOR } from './operator.ts'
import type { Proof } from './proof.ts'
import { MAKE_TEST } from './tests.ts'
import { VOICE } from './voice.ts'

export const PROOFS: readonly Proof[] = [
  OPERATOR,
  ...CALLS_UNDER_FAULT,
  ...DEATHS,
  ...VOICE,
  ...DATA,
  MAKE_TEST.warm,
  MAKE_TEST.cold,
  MAKE_DEMO.warm,
  MAKE_DEMO.cold,
  MUTANTS,
]
