/** The certificates that the chart mounts for callers: what they see, and the authorities of theirs. */
import { dirname, join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { secretCache } from './apply/secret-cache.ts'
import type { EdgeConfig } from './config.ts'
import { followSecret, type FollowedSecret } from './followed-secret.ts'
import type { EdgeMetrics } from './metrics.ts'
import { readMounted } from './observe/mounted-files.ts'
import { decideCallers, type CallerTrust } from './plan/caller-trust.ts'
import { decideOwnCertificate, type OwnCertificate } from './plan/own-certificate.ts'
import { certificateIn, type CallerFiles, type CertificateFiles, type TlsProfiles } from './render/tls-profiles.ts'

/** How often the mounted certificates are looked at. */
export const LOOK_EVERY_MS = 2_000

export interface MountedCertificates {
  /** For tls.cfg. */
  files(): Pick<TlsProfiles, 'outside' | 'callers'>
  /** Looks again. True: other files are used from now on. Never rejects. */
  look(): Promise<boolean>
  /** The proxy runs this tls.cfg: files that it does not name are no longer needed. */
  loaded(tls: string): void
}

type Config = Pick<EdgeConfig, 'insideFolder' | 'outsideFolder' | 'callersFolder' | 'socket'>
interface Tools {
  clock: Pick<Clock, 'wall'>
  log: Log
  metrics: Pick<EdgeMetrics, 'callers' | 'certificate'>
}

/** @throws Error that names the value of the chart and the cure, when a Secret never was valid */
export async function mountedCertificates(config: Config, { metrics, ...tools }: Tools): Promise<MountedCertificates> {
  const { insideFolder, outsideFolder, callersFolder } = config
  const cacheFolder = (name: string) => join(dirname(config.socket), name)
  const own =
    outsideFolder &&
    (await followSecret<OwnCertificate, CertificateFiles>({
      ...{ ...tools, setting: 'edge.tls.secretName', read: () => readMounted(outsideFolder) },
      ...{ decide: decideOwnCertificate, onDecided: metrics.certificate },
      cache: secretCache(cacheFolder('outside'), ({ pem, key }) => ({ cert: pem, key })),
    }))
  const callers =
    callersFolder &&
    (await followSecret<CallerTrust, CallerFiles>({
      ...{ ...tools, setting: 'edge.tls.clientCaSecretName', read: () => readMounted(callersFolder) },
      ...{ decide: decideCallers, onDecided: metrics.callers },
      cache: secretCache(cacheFolder('callers'), ({ ca, crl }) => ({ ca, ...(crl && { crl: crl.pem }) })),
    }))
  const all = [own, callers].filter((each): each is FollowedSecret<never> => typeof each === 'object')
  return {
    files: () => ({
      outside: own ? own.files() : certificateIn(insideFolder),
      callers: callers ? callers.files() : undefined,
    }),
    async look() {
      const changed = await Promise.all(all.map((each) => each.look()))
      return changed.includes(true)
    },
    loaded: (tls) => all.forEach((each) => each.loaded(tls)),
  }
}
