import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Route } from '../../rules/route.ts'
import { noRoutes, type HeldRoutes } from '../plan/routes.ts'

/** What of the agent's knowledge outlives it: with the API server away, a new agent still knows which route is old. */
export interface Memory {
  held: HeldRoutes
  zone: string | undefined
}

/** The files that the proxy and a later agent read, in a folder that both containers of the pod share. */
export interface Files {
  /** Puts a whole text in the place of what was there: nobody ever reads a half. True when it changed. */
  put(name: string, text: string): boolean
  read(name: string): string | undefined
  remember(memory: Memory): void
  recall(): Memory
}

const MEMORY = 'agent.json'

export function createFiles(folder: string): Files {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  const put = (name: string, text: string) => {
    if (read(name) === text) return false
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, text)
    makeNewer(`${path}.new`, path)
    renameSync(`${path}.new`, path)
    return true
  }
  return {
    put,
    read,
    remember: ({ held, zone }) => {
      const { routes, epochs } = held
      put(MEMORY, JSON.stringify({ zone, routes: [...routes.values()], epochs: [...epochs] }))
    },
    recall: () => recall(read(MEMORY)),
  }
}

/**
 * Kamailio's db_text takes a table that changed twice within a second for unchanged: it compares times of whole seconds. So
 * each version is a second newer at least than the one before.
 */
function makeNewer(path: string, than: string): void {
  const before = statSync(than, { throwIfNoEntry: false })?.mtimeMs
  if (before === undefined) return
  const seconds = Math.max(Math.floor(statSync(path).mtimeMs / 1000), Math.floor(before / 1000) + 1)
  utimesSync(path, seconds, seconds)
}

function recall(text: string | undefined): Memory {
  if (text === undefined) return { held: noRoutes(), zone: undefined }
  const { zone, routes, epochs } = JSON.parse(text) as {
    zone?: string
    routes: Route[]
    epochs: [string, number][]
  }
  const byKey = routes.map((route) => [`${route.callbot.namespace}/${route.callbot.name}`, route] as const)
  return { held: { routes: new Map(byKey), epochs: new Map(epochs) }, zone }
}
