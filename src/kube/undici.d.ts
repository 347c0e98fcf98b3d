// Undici types only its whole. These are three of its inner modules; see connection-pools.ts for why they are taken alone.
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici'
}
declare module 'undici/lib/dispatcher/proxy-agent.js' {
  export { ProxyAgent as default } from 'undici'
}
declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher, Pool } from 'undici'
  const request: (this: Dispatcher, ...options: Parameters<Pool['request']>) => ReturnType<Pool['request']>
  export default request
}
