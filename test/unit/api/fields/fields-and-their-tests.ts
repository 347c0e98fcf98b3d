/**
 * Which test shows what a field does. A new field comes with a line here, or is marked by `notServed` in its schema. Of RetentionPolicy
 * only what acts is listed; its objects say so of the rest.
 */
import { CALLBOT, TESTS } from './callbot.ts'
import { DRILL } from './drill.ts'
import { DIALOG } from './flow.ts'
import { HTTP } from './http.ts'
import type { Shown } from './shown.ts'
import { SIP } from './sip.ts'

const POLICY: Shown[] = [
  {
    file: 'test/cluster/calls/put-through.test.ts',
    test: 'takes no value along that the retention policy does not list: not with a transfer, nor to the emergency number',
    fields: ['RetentionPolicy.collect[].field'],
  },
]

export const SHOWN: readonly Shown[] = [...DIALOG, ...TESTS, ...CALLBOT, ...SIP, ...HTTP, ...DRILL, ...POLICY]
