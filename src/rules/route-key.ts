/** Key of the Secret `callbot-edge-tls`: by what it holds, all edges know the calls of each of them. The operator writes it, edges read it. */
export const ROUTE_KEY = 'route.key'

/** 64 hexadecimal digits. */
export const isRouteKey = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
