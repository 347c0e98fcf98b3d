/** `make install` and `make uninstall`: the chart as a person would install it, and what helm says. */
import { installChart, talkingValues, uninstallChart, waitReady } from './install.ts'
import { step } from './cluster/progress.ts'

try {
  if (process.argv.includes('--uninstall')) {
    console.log(await step('uninstalling the chart', () => uninstallChart()))
  } else {
    const notes = await step('installing the chart', () => installChart({ values: talkingValues }))
    await step('waiting for a leader', () => waitReady())
    console.log(notes)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
