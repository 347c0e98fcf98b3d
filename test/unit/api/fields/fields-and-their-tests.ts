/**
 * Which test shows what a field does. A new field comes with a line here, or is marked by `notServed` in its schema.
 */
import { CALLBOT, TESTS } from './callbot.ts'
import { DRILL } from './drill.ts'
import { DIALOG } from './flow.ts'
import { HTTP } from './http.ts'
import { POLICY } from './retention.ts'
import type { Shown } from './shown.ts'
import { SIP } from './sip.ts'

export const SHOWN: readonly Shown[] = [...DIALOG, ...TESTS, ...CALLBOT, ...SIP, ...HTTP, ...DRILL, ...POLICY]
