import type { Command } from 'commander'
import { DEFAULTS as CALL } from './call/options.ts'

/** What a person does from a machine of their own: not what runs in pods. */
export function addVerbs(program: Command): void {
  for (const add of [addCall, addDrill, addEvidence, addHold, addPlan, addSay, addStatus, addTest]) add(program)
}

function addCall(program: Command): void {
  program
    .command('call')
    .description('call a bot over TLS with SRTP, and report whether it was heard')
    .option(
      '--to <number>',
      'number to call; default: that of the first bot whose routes are published (needs Kubernetes)',
    )
    .option('-n, --namespace <name>', 'where the operator publishes routes', CALL.namespace)
    .option('--edge <host:port>', 'edge to call through', CALL.edge)
    .option('--server-name <name>', "name that the edge's certificate must prove; default: that of --edge")
    .option('--ca <path>', "PEM file with the authority of the edge's certificate; default: those that Node trusts")
    .option('--cert <path>', 'PEM file with a certificate of our own, where edges ask for one; needs --key')
    .option('--key <path>', 'PEM file with its key')
    .option('--from <number>', 'who calls; default: withheld')
    .option('--expect <what>', 'voice, echo, tone or answer', CALL.expect)
    .option('--seconds <number>', 'end the call after so many seconds, 1 to 120', CALL.seconds)
    .option('--wait <seconds>', 'try again for so long until a bot is heard', CALL.wait)
    .option('-o, --output <format>', 'text or json', CALL.output)
    .addHelpText('after', '\nExit code: 0 a bot answered and was heard; 1 it was not; 2 an option is not valid.')
    .action(async (options) => {
      process.exitCode = await (await import('./call/command.ts')).run(options, process.env)
    })
}

function addDrill(program: Command): void {
  const drill = program.command('drill').description('drills of backups (needs Kubernetes)')
  const verb = (name: string, description: string) =>
    drill
      .command(name)
      .description(description)
      .option('-n, --namespace <name>', 'namespace of the Integration', 'default')
  const command = () => import('./drill/command.ts')
  verb('run <integration>', 'begin a drill, follow its states and report its result')
    .option('--side <side>', 'SIP or HTTP', 'SIP')
    .option('--scenario <scenario>', 'Blackhole, Refuse or Disconnect', 'Blackhole')
    .option('--mode <mode>', 'DryRun, Synthetic, Share or Full', 'Synthetic')
    .option('--share <percent>', 'with mode Share: percentage of the real new calls')
    .option('--hold <seconds>', 'how long calls use the backup')
    .option('--no-wait', 'do not wait for its end')
    .addHelpText('after', '\nExit code: 0 it passed; 1 it did not.')
    .action(async (integration, options) => {
      process.exitCode = await (await command()).run(integration, options, process.env)
    })
  drill
    .command('list')
    .description('drills, the newest first')
    .option('-n, --namespace <name>', 'of one namespace; default: of all')
    .action(async ({ namespace }) => {
      process.exitCode = await (await command()).list(namespace, process.env)
    })
  verb('report <name>', 'what a drill measured, with its timeline')
    .option('--svg <path>', 'write the timeline as an image, too')
    .action(async (name, options) => {
      process.exitCode = await (await command()).report(name, options, process.env)
    })
  verb('abort <name>', 'end a drill now').action(async (name, { namespace }) => {
    process.exitCode = await (await command()).abort(name, namespace, process.env)
  })
  drill
    .command('stop-all')
    .description('stop all drills of the installation, and let none begin')
    .option('-n, --namespace <name>', 'namespace of the operator', CALL.namespace)
    .option('--resume', 'let drills run again')
    .action(async ({ namespace, resume }) => {
      process.exitCode = await (await command()).stopAll(namespace, resume !== true, process.env)
    })
}

function addEvidence(program: Command): void {
  const evidence = program.command('evidence').description('records of drills')
  evidence
    .command('export')
    .description('print the records of drills for evidence verify, and for auditors (needs Kubernetes)')
    .option('-n, --namespace <name>', 'of one namespace; default: of all')
    .option('--keys <path>', 'write the public keys there, too, as PEM')
    .option('--operator-namespace <name>', 'namespace of the operator, where the public keys are', CALL.namespace)
    .action(async (options) => {
      process.exitCode = await (await import('./evidence/export.ts')).run(options, process.env)
    })
  evidence
    .command('verify')
    .description('verify exported records of drills, without a cluster')
    .requiredOption(
      '-f, --file <paths...>',
      'what evidence export, or kubectl get configmaps,integrations -o yaml, printed; "-" for standard input',
    )
    .requiredOption('-k, --key <paths...>', 'PEM files with the public keys that you trust, one or more in each')
    .addHelpText('after', '\nExit code: 0 all is verified; 1 a record is wrong or missing; 2 a file is not valid.')
    .action(async (options) => {
      process.exitCode = await (await import('./evidence/command.ts')).verify(options)
    })
}

function addHold(program: Command): void {
  const hold = program.command('hold').description('what legal holds cover (needs Kubernetes)')
  const verb = (name: string, description: string) =>
    hold
      .command(name)
      .description(description)
      .requiredOption('-n, --namespace <name>', 'namespace of the RetentionPolicy')
  verb('export <policy> <hold>', 'write the records that a legal hold in force covers, in the clear')
    .requiredOption('-o, --output <path>', 'a file that is not there yet; "-" for standard output')
    .addHelpText('after', '\nExit code: 0 all records are in the file; 1 they are not.')
    .action(async (policy, name, options) => {
      process.exitCode = await (await import('./hold/command.ts')).exportHold([policy, name], options, process.env)
    })
  verb('exports', 'who has exported what, the newest first').action(async (options) => {
    process.exitCode = await (await import('./hold/command.ts')).listExports(options, process.env)
  })
}

function addPlan(program: Command): void {
  program
    .command('plan')
    .description('print what the operator would do about the manifests of a file, without a cluster')
    .requiredOption('-f, --file <path>', 'manifests, as for kubectl apply; "-" for standard input')
    .option('-z, --zones <names>', 'the zones of the cluster, comma between', 'zone-a,zone-b,zone-c')
    .option('-o, --output <format>', 'table, or yaml for the whole manifests', 'table')
    .action(async (options) => (await import('./operator/dry-run.ts')).run(options))
}

/** A verb that plays bots of files. */
const playing = (program: Command, name: string) =>
  program
    .command(name)
    .requiredOption('-f, --file <paths...>', 'manifests, as for kubectl apply; "-" for standard input')
    .option('--at <instant>', 'the time of the call, such as 2026-11-24T12:00:00Z; default: now')

function addSay(program: Command): void {
  playing(program, 'say')
    .description('talk with a bot in the terminal by text, without a cluster')
    .option('-b, --bot <name>', 'which Callbot, when the files hold several')
    .addHelpText('after', '\nExit code: 0 all is well; 2 a file or a conversation flow is not valid.')
    .action(async (options) => {
      process.exitCode = await (await import('./say/command.ts')).run(options)
    })
}

function addStatus(program: Command): void {
  program
    .command('status <bot>')
    .description('why a bot is not ready, its routes, drills, and what is kept of its calls (needs Kubernetes)')
    .option('-n, --namespace <name>', 'namespace of the Callbot', 'default')
    .addHelpText('after', '\nExit code: 0 it is ready; 1 it is not; 2 its status can not be read.')
    .action(async (bot, { namespace }) => {
      process.exitCode = await (await import('./status/command.ts')).run(bot, namespace, process.env)
    })
}

function addTest(program: Command): void {
  playing(program, 'test')
    .description("check the bots in files, play the bots' own tests, and report the ways that no test holds")
    .option('-b, --bot <name>', 'of this bot only; default: of all')
    .option('--min-ways <percent>', 'fail when fewer of the ways of a bot are tested')
    .option('--junit <path>', 'write a report in the JUnit format')
    .option('--github', 'print workflow commands of GitHub too, which annotate lines')
    .option('-w, --watch', 'again with each change of a file')
    .addHelpText(
      'after',
      '\nExit code: 0 all is well; 1 a test failed, was not played within 120 s, or too few ways are tested; 2 a file or a conversation flow is not valid.',
    )
    .action(async (options) => {
      process.exitCode = await (await import('./say/test-command.ts')).run(options)
    })
}
