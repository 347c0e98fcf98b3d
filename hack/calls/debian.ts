/**
 * Programs of another Debian release than this machine's, unpacked into a folder of the cache and run from there with their
 * own libraries: no chroot, no installation, nothing of the machine changes.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from '../cluster/lock.ts'
import { step } from '../cluster/progress.ts'
import { cacheDir } from '../cluster/settings.ts'
import { run } from '../cluster/shell.ts'

/** One at a time asks Debian for packages: apt has a lock of its own, which it doesn't wait for. */
export const PACKAGES_LOCK = 'lock-packages'

/** SIPp with TLS and SRTP, which Debian 12's has not. */
export const unpackSipp = () => unpackDebian('sid', ['sip-tester'])
/** The proxy as the edges' image has it. */
export const unpackKamailio = () => unpackDebian('trixie', ['kamailio', 'kamailio-tls-modules'])

/** The media relay as the edges' image has it. What Debian's packages do when they are installed, here is to be done. */
export async function unpackRtpengine(): Promise<Unpacked> {
  const unpacked = await unpackDebian('sid', ['rtpengine-daemon'])
  const libraries = join(unpacked.root, 'usr/lib/x86_64-linux-gnu')
  const named = join(libraries, 'libpicohttpparser.so.1')
  await once(
    () => existsSync(named),
    () => run('ldconfig', ['-n', libraries]).then(() => undefined),
    PACKAGES_LOCK,
  )
  return unpacked
}

/** The judge of alerts, and with `usr/bin/prometheus` and `usr/bin/prometheus-alertmanager` what evaluates and sends them. */
export const unpackPrometheus = () => unpackDebian('trixie', ['prometheus', 'prometheus-alertmanager'])

/** The telephone system that stands for a client's. */
export const unpackAsterisk = () => unpackDebian('sid', ['asterisk'])

/** An image registry, for the rehearsal of a release. */
export const unpackRegistry = () => unpackDebian('trixie', ['docker-registry'])

/** A wall clock that a file says, such as `+3600s`, for a program of Debian 13; its monotonic clock is the machine's. */
export async function unpackFaketime(file: string): Promise<{ preload: string; env: Record<string, string> }> {
  const { root } = await unpackDebian('trixie', ['libfaketime'])
  return {
    preload: join(root, 'usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'),
    env: { FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
  }
}

/**
 * PostgreSQL as Debian 13 has it. Its programs start `postgres` themselves, without a loader: so that is a script here.
 */
export async function unpackPostgres(): Promise<Unpacked> {
  const unpacked = await unpackDebian('trixie', ['postgresql-17'])
  const path = `${POSTGRES_PROGRAMS}/postgres`
  const [script, real] = [join(unpacked.root, path), join(unpacked.root, `${path}.real`)]
  await once(
    () => existsSync(real),
    async () => {
      copyFileSync(script, `${real}.new`)
      const [loader, ...flags] = unpacked.program(`${path}.real`)
      const lines = [
        '#!/bin/sh',
        `exec '${loader}' --argv0 "$0" ${flags.map((flag) => `'${flag}'`).join(' ')} "$@"`,
        '',
      ]
      writeFileSync(`${script}.new`, lines.join('\n'), { mode: 0o755 })
      renameSync(`${script}.new`, script)
      renameSync(`${real}.new`, real)
    },
    PACKAGES_LOCK,
  )
  return unpacked
}
export const POSTGRES_PROGRAMS = 'usr/lib/postgresql/17/bin'

export interface Unpacked {
  root: string
  /** Command line that runs one of its programs, such as `usr/bin/sipp`. */
  program(path: string): string[]
}

/**
 * Unpacks packages with all that they depend on, once.
 * @param suite of Debian; `sid` moves, so what is unpacked stays what it was until the folder is removed
 */
export async function unpackDebian(suite: string, packages: readonly string[]): Promise<Unpacked> {
  const root = join(cacheDir, 'debian', `${suite}-${packages.join('+')}`)
  const done = join(root, 'unpacked')
  const unpack = async () => {
    const fresh = `${root}.${process.pid}`
    mkdirSync(join(cacheDir, 'debian'), { recursive: true })
    const apt = ['--aptopt=Apt::Install-Recommends "false"', '--aptopt=Acquire::Check-Valid-Until "false"']
    await run('mmdebstrap', ['--variant=extract', `--include=${packages.join(',')}`, ...apt, suite, fresh])
    writeFileSync(join(fresh, 'unpacked'), '')
    rmSync(root, { recursive: true, force: true })
    renameSync(fresh, root)
  }
  const what = `unpacking ${packages.join(', ')} of Debian ${suite} (once)`
  await once(
    () => existsSync(done),
    () => step(what, unpack),
    PACKAGES_LOCK,
  )
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2')
  return { root, program: (path) => [loader, '--library-path', libraries, join(root, path)] }
}
