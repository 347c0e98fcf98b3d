/** Debian packages that the zones need. Installed when missing, named for other systems. */
import { existsSync } from 'node:fs'
import { step } from './progress.ts'
import { run, tryRun } from './shell.ts'

/** Package by the file that shows that it is there: `dpkg` would say no on a system with another package manager. */
const needed: Record<string, string> = {
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/ptp': 'containernetworking-plugins',
  nft: 'nftables',
  'iptables-restore': 'iptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  mount: 'mount',
  // the cluster's state on a disk of its own
  'mkfs.ext4': 'e2fsprogs',
  openssl: 'openssl',
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
  '/bin/busybox': 'busybox-static',
  // fetches the speech models from PyPI
  pip3: 'python3-pip',
  'espeak-ng': 'espeak-ng',
  // Telephones that we didn't write, and what looks at the wire: callers of the demo and of the tests.
  baresip: 'baresip-core',
  sipp: 'sip-tester',
  sipsak: 'sipsak',
  tshark: 'tshark',
}

const path = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** True when the program is in a folder where root's programs are, whatever the caller's PATH says. */
export const isInstalled = (program: string) =>
  program.startsWith('/') ? existsSync(program) : path.some((folder) => existsSync(`${folder}/${program}`))

/** The packages that this machine lacks. */
function missingPackages(): string[] {
  return Object.entries(needed)
    .filter(([program]) => !isInstalled(program))
    .map(([, name]) => name)
}

/** @throws on a system without apt-get, with the list of what to install by hand */
export async function ensurePackages(): Promise<void> {
  const missing = missingPackages()
  if (missing.length === 0) return
  if (!isInstalled('apt-get')) throw new Error(`this system has no apt-get: install ${missing.join(', ')} yourself`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '-q', '--no-install-recommends', ...missing]
  await step(`installing ${missing.join(', ')}`, async () => {
    if ((await tryRun('apt-get', install, { env })).code === 0) return
    await run('apt-get', ['update', '-q'], { env }) // a fresh machine has no lists yet
    await run('apt-get', install, { env })
  })
}
