/** As in the Dockerfile: what is measured shall be what runs. */
export const imageFlags = ['--clear-free-memory', '--no-memory-pool', '--expose-gc'] as const
export const imageEnv = { GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0:glibc.malloc.perturb=85' } as const
